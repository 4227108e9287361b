// Package vegeta speaks Vegeta's formats: the results of a run's requests, for vegeta report, plot and encode, and
// targets with the credentials of users who are signed in, for vegeta attack. It takes what a run recorded, or what
// signed in, and knows nothing of servers and clusters.
package vegeta
