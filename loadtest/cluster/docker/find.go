package docker

import (
	"context"
	"fmt"

	"authlab/loadtest/cluster/platform"
	"authlab/loadtest/plan"
)

// The images, as docker-compose.yml and Dockerfile name them. authlab:dev holds every program of the project: the same
// files as the images of the single servers.
const (
	ownImage      = "authlab:dev"
	redisImage    = "redis:7.0.15-bookworm"
	haproxyImage  = "authlab-balancer:dev"
	postgresImage = "postgres:15.18-bookworm"
)

// Own returns a program from the image that holds every program of the project.
func (p *place) Own(name string) (platform.Program, error) {
	if name == plan.PeerServer {
		return platform.Program{}, platform.Lack{
			What: "no image holds the servers of other libraries", Provide: "run without --platform " + Name,
		}
	}
	return platform.Program{In: ownImage, Path: "/" + name}, nil
}

// Find checks that the image of a part exists, and asks the part for its version.
func (p *place) Find(ctx context.Context, w platform.Wanted) (platform.Part, platform.Program, error) {
	if w.Stand {
		program, err := p.Own(w.Embedded)
		return platform.Part{Role: w.Role, Name: w.Embedded, Version: "of " + ownImage, Embedded: true}, program, err
	}
	program := platform.Program{In: images[w.Real[0]], Path: w.Real[0]}
	part, err := p.part(ctx, w.Role, program, "-v")
	if err != nil {
		return platform.Part{Role: w.Role, Name: w.Real[0]}, program, platform.Lack{What: err.Error()}
	}
	return part, program, nil
}

// images are the images of the real parts.
var images = map[string]string{"redis-server": redisImage, "haproxy": haproxyImage}

var postgres = platform.Program{In: postgresImage, Path: "postgres"}

// FindPostgres asks the PostgreSQL in its image for its version.
func (p *place) FindPostgres(ctx context.Context) (platform.Part, error) {
	part, err := p.part(ctx, "sessions in SQL", postgres, "-V")
	if err != nil {
		return platform.Part{}, platform.Lack{What: err.Error(), Provide: "docker pull " + postgresImage}
	}
	return part, nil
}

// Initialise leaves the work to the image's entry point, which makes the database in memory.
func (p *place) Initialise(_ context.Context, name, password string) (platform.Launch, error) {
	file, err := p.home.Secret(name+"-postgres.password", password)
	if err != nil {
		return platform.Launch{}, err
	}
	const data = "/var/lib/postgresql/data"
	return platform.Launch{
		Program: postgres, Scratch: []string{data, "/run/postgresql"},
		Env: []string{
			"POSTGRES_USER=authlab", "POSTGRES_DB=authlab", "POSTGRES_PASSWORD_FILE=" + file, "PGDATA=" + data + "/authlab",
		},
	}, nil
}

// part asks a program in an image for its version.
func (p *place) part(ctx context.Context, role string, of platform.Program, flag string) (platform.Part, error) {
	if err := p.has(ctx, of.In); err != nil {
		return platform.Part{}, err
	}
	told, err := p.run(ctx, "run", "--rm", "--network", "none", "--user", p.user, "--label", labelled+p.home.Path(),
		"--entrypoint", of.Path, of.In, flag)
	version := platform.VersionIn(told)
	if err != nil || version == "" {
		return platform.Part{}, fmt.Errorf("the image %s does not say what it is (%s): make or pull it again",
			of.In, platform.Complaint(told, err))
	}
	return platform.Part{Role: role, Name: of.Path, Version: version + ", in " + of.In}, nil
}

// has refuses an image that does not exist, and says which tool makes it.
func (c command) has(ctx context.Context, image string) error {
	if _, err := c.run(ctx, "image", "inspect", image); err != nil {
		command := "docker-compose build"
		if image == redisImage || image == postgresImage {
			command = "docker pull " + image
		}
		return fmt.Errorf(
			"the image %s is not there: run %s (where no registry is in reach, scripts/images/standins.sh first)",
			image, command)
	}
	return nil
}
