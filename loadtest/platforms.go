package main

import (
	"strings"

	"authlab/loadtest/cluster/docker"
	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/cluster/process"
)

// platforms are where servers can run. The first is the default. A new platform is a package, and a line here.
var platforms = []platform.Platform{
	process.Platform{},
	docker.Platform{Otherwise: process.Name},
}

// platformNamed finds a platform by its name; nil where none has it.
func platformNamed(name string) platform.Platform {
	for _, p := range platforms {
		if p.Name() == name {
			return p
		}
	}
	return nil
}

// eachPlatform lists one property of each platform.
func eachPlatform(what func(platform.Platform) string, between string) string {
	var all []string
	for _, p := range platforms {
		all = append(all, what(p))
	}
	return strings.Join(all, between)
}

// prepare lets a platform change this program, which may start it again. Without that, the lab still measures what it
// can, and its report says why: an error here does not end the lab.
func prepare(p platform.Platform) {
	if preparer, ok := p.(platform.Preparer); ok {
		_ = preparer.Prepare()
	}
}

// secluded is the name of a platform whose servers only this machine can reach.
func secluded() string {
	for _, p := range platforms {
		if p.Address().IsLoopback() {
			return p.Name()
		}
	}
	return ""
}
