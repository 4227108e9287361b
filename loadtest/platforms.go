package main

import (
	"strings"

	"authlab/loadtest/cluster/docker"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/process"
)

// platforms are where servers can run. The first is taken where none is named. A new one is a package, and a line here.
var platforms = []platform.Platform{
	process.Platform{},
	docker.Platform{Otherwise: process.Name},
}

// platformNamed finds a platform by its name; nil where there is none of it.
func platformNamed(name string) platform.Platform {
	for _, p := range platforms {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// eachPlatform lists one thing of each platform.
func eachPlatform(what func(platform.Platform) string, between string) string {
	var all []string
	for _, p := range platforms {
		all = append(all, what(p))
	}
	return strings.Join(all, between)
}

// prepare has a platform change this program, which may start it anew. Without that the lab still measures what it
// can, and its report says why: no error ends it here.
func prepare(p platform.Platform) {
	if preparer, ok := p.(platform.Preparer); ok {
		_ = preparer.Prepare()
	}
}

// secluded is the name of a platform whose servers only this machine reaches.
func secluded() string {
	for _, p := range platforms {
		if p.Address().IsLoopback() {
			return p.Name()
		}
	}
	return ""
}
