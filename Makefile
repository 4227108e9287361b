# Everything the project can do, a line or two each. Go, make and git are all that is needed; redis-server and haproxy are
# used when they are installed, and embedded parts stand in for them when they are not.

PLAN     ?= bench
PLATFORM ?= processes
PLANTED  ?= 5
REPEATS  ?= 2
TOOL     := go tool -modfile=scripts/tools/go.mod
GOLANGCI := go tool -modfile=$(CURDIR)/scripts/tools/golangci/go.mod golangci-lint
export CGO_ENABLED ?= 0

# Tests are linked without the tables of debuggers, which take five times as long as the rest of the linking. Programs
# that tests build inherit this.
quick-test test long-test: export GOFLAGS := $(GOFLAGS) -ldflags=-w

# The go command tests packages in the order in which they are named. Those that take minutes come first: at the end one
# of them would keep one core, while the others have nothing to do.
FIRST := ./servers/token ./servers/session/... ./loadtest ./loadtest/demo ./loadtest/cluster ./loadtest/report

.PHONY: help build bench demo incidents peers exploits plan selftest speed verdict quick-test test long-test lesson-test compose-test container-test compose-v2 swarm kubernetes lint golangci check clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 24
	@echo 'make bench PLAN=quick takes a minute and a half; PLAN=path/to/mine.yaml runs a plan of your own.'
	@echo 'Needed: Go 1.26, make, git, Linux. Used when installed: redis-server or valkey-server, haproxy, PostgreSQL.'

build: ## the programs, in bin/
	@go build -trimpath -o bin/ ./servers/sessiond ./servers/tokend ./servers/controld ./servers/balancerd ./servers/stored
	@go build -trimpath -o bin/ ./loadtest/experiment/exploit/targets/targetd ./scripts/priced
	@go build -trimpath -o bin/authlab ./loadtest

bench: build ## measure, and write a report into results/runs/; with PLATFORM=compose the servers run in containers
	@$(if $(filter compose,$(PLATFORM)),docker build --quiet --target authlab --tag authlab:dev . && docker build --quiet --target balancer --tag authlab-balancer:dev .)
	@bin/authlab bench --plan $(PLAN) --platform $(PLATFORM)

incidents: build ## break the servers under load, fault by fault, and see what their users notice, in less than ten minutes
	@bin/authlab bench --plan incidents --platform $(PLATFORM)

peers: build ## measure the servers beside those of other libraries, which are fetched and built for it
	@cd scripts/peers && go build -trimpath -o ../../bin/peerd .
	@bin/authlab bench --plan peers

exploits: build ## attack naive servers, those of a library's README, and these, in three minutes at most
	@bin/authlab bench --plan exploits

demo: build ## the lesson: sessions and tokens side by side in a browser, on servers that are started for it
	@bin/authlab demo

plan: build ## the plans, what they ask, and how long they take
	@bin/authlab plan

selftest: build ## what this machine can and cannot resolve, in less than two minutes
	@bin/authlab selftest

speed: ## what a request costs the generator against Vegeta, and the balancer against ReverseProxy, in about a minute
	@go test -run '^$$' -bench 'Against|Punctuality' -benchtime 40x ./loadtest/load ./servers/balancer

verdict: ## how soon the lab tells two servers 5 % apart, and Vegeta in turns, in five minutes; PLANTED=0: how often each errs
	@go test -timeout 0 -run '^$$' -bench 'Verdict/planted=$(PLANTED)%' -benchtime $(REPEATS)x ./loadtest/load

quick-test: ## the tests without Redis, PostgreSQL and Chromium, labs, many runs, and schemes that vary another
	go test -short ./...

test: ## the tests, of each kind of variant one; with CI=true a missing real part is a failure, not a skip
	go test -timeout 20m $(FIRST) ./...

long-test: ## all tests of all variants, with what only chance brings about repeated thousands of times
	go test -tags long -timeout 20m $(FIRST) ./...

lesson-test: ## every step of every scene of the lesson, also in the page, in five minutes; needs Chromium
	CI=true go test -timeout 20m ./loadtest/demo -every

compose-test: ## what docker-compose.yml describes, deployed: replicas come, go and fail under requests
	go test -tags docker -count=1 -v -timeout 20m ./scripts/compose

container-test: ## the bench with PLATFORM=compose: budgets, faults, and nothing left; needs the images
	go test -tags docker -count=1 -v -timeout 10m -run 'Container|Images' ./loadtest/cluster/... ./loadtest

compose-v2: # Docker Compose 2 from its Go module, where none is installed; DOCKER_CONFIG=$PWD/bin/docker has docker find it
	cd scripts/compose/v2 && go build -o ../../../bin/docker/cli-plugins/docker-compose github.com/docker/compose/v2/cmd

swarm: ## the same on a Swarm of three nodes on this machine, which also loses nodes; needs root and the images
	@scripts/deploy/preflight.sh swarm
	go test -tags docker -count=1 -v -timeout 30m ./scripts/swarm

kubernetes: # the same on a Kubernetes cluster of two nodes on this machine; the first time it is built, for half an hour of CPU time
	@scripts/deploy/preflight.sh kubernetes
	scripts/kubernetes/cluster/build.sh
	go test -tags docker -count=1 -v -timeout 40m ./scripts/kubernetes

lint: ## vet, staticcheck and gofumpt
	go vet ./...
	go vet -tags docker ./scripts/... ./loadtest/...
	cd scripts/peers && go vet ./... # a module of its own, which needs what the packages that it imports need
	$(TOOL) staticcheck ./...
	@unformatted=$$($(TOOL) gofumpt -l keyfile loadtest scripts servers); test -z "$$unformatted" || { echo "not gofumpt clean: $$unformatted"; exit 1; }

golangci: # the length of lines, spelling, and who may import whom; its first build takes minutes of two cores
	$(GOLANGCI) run
	cd scripts/peers && $(GOLANGCI) run --config ../../.golangci.yml

check: lint golangci ## that, golangci-lint (built for it), and the tests under the race detector (which needs a C compiler)
	CGO_ENABLED=1 go test -race -timeout 40m ./...

clean: ## remove bin/ and results/runs/
	rm -rf bin results/runs
