// Package stand keeps real clusters for a lesson: servers, store and balancer, started by package cluster, which end
// with this program however it ends.
//
// A scene gets clusters that no other scene has touched. Starting them takes a second or more, so a spare one of each
// setting in use is started in the background as soon as one is taken: going back to the beginning of a scene is then
// immediate.
package stand
