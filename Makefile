# Go 1.26 and make are enough for build, unit and docs; demo, test and deploy also want Python 3.11 or newer.

# Without what no function uses: RPC handlers, and HTTP/2, which the AWS endpoints called here do not speak. All that is
# done to the code is done so, that it is compiled once for the programs, the tests and the linters.
export CGO_ENABLED = 0
export GOFLAGS     = -trimpath -buildvcs=false -tags=lambda.norpc,nethttpomithttp2

GO_BUILD  = go build -ldflags "-s -w"
# What a function only waits with, or does once, is not inlined: 1.1 MiB less at the same speed.
LEAN      = github.com/aws/... crypto/tls crypto/x509 math/big net/... reflect go.yaml.in/... \
            iamvigil/config iamvigil/ledger/... iamvigil/notify iamvigil/scanner/rules
GO_LAMBDA = $(GO_BUILD) $(LEAN:%=-gcflags='%=-l')
BIN       = bin
FUNCTIONS = audit watch remediate
GO_TOOL   = go run -modfile=tools.mod
PYTHON   ?= python3

.PHONY: help build unit test lint docs actions oracle evaluator demo bench deploy smoke clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

build: $(BIN)/iamvigil $(FUNCTIONS:%=$(BIN)/lambda/%/bootstrap) ## the programs, for this machine, in bin/

unit: ## the tests that need Go alone, the long ones shortened
	go test -short ./...

# What has to be tried end to end mostly waits, for an emulated AWS: the rest takes what is left of the machine.
test: build .venv/made ## everything: lint, unit, the template, end to end
	$(MAKE) --jobs=3 --output-sync=target end-to-end beside

end-to-end: FORCE
	.venv/bin/pytest test

beside: FORCE
	nice $(MAKE) lint whole-units

# But for what lint vets.
whole-units: FORCE
	go test -vet=off ./...

lint: ## formatting, vet, staticcheck, tidy modules
	find . -name '*.go' -not -path './.*' | xargs gofmt -l | (! grep .)
	go vet ./...
	$(GO_TOOL) honnef.co/go/tools/cmd/staticcheck ./...
	go mod tidy -diff

docs: ## docs/rules.md and its kin, and what the terminal prints of rules, from the rules and their fixtures
	go test ./scanner/rules -update
	go test ./cmd/iamvigil -update

actions: ## scanner/actions, from the newest published list of AWS's actions; wants npm
	go run ./scanner/actions/generate

evaluator: ## internal/oracle, by an independent evaluator of policies; wants npm
	go run ./internal/oracle/ask evaluator

oracle: ## internal/oracle, by IAM's policy simulator, with the AWS credentials at hand
	go run ./internal/oracle/ask aws

demo: build .venv/made ## a deployed iamvigil and an intruder, on this machine, in about a minute
	.venv/bin/python test/demo.py

bench: ## the budgets of docs/design.md, measured
	go run ./internal/bench

deploy: .venv/made ## the stack, into the account of your AWS credentials; asks what differs per stack
	.venv/bin/sam build && .venv/bin/sam deploy --guided

smoke: $(BIN)/iamvigil ## whether the deployed stack hears of a change, and a test message to every channel
	$(BIN)/iamvigil smoke

clean: ## remove what the targets above made
	rm -rf bin .aws-sam .venv coverage.out

FORCE:

$(BIN)/iamvigil: FORCE
	$(GO_BUILD) -o $@ ./cmd/iamvigil

$(BIN)/lambda/%/bootstrap: FORCE
	$(GO_LAMBDA) -o $@ ./functions/$*

# What sam build calls; the same flags, so the same bytes as the tests ran.
build-AuditFunction:
	GOOS=linux GOARCH=arm64 $(GO_LAMBDA) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/audit
build-WatchFunction:
	GOOS=linux GOARCH=arm64 $(GO_LAMBDA) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/watch
build-RemediateFunction:
	GOOS=linux GOARCH=arm64 $(GO_LAMBDA) -o "$(ARTIFACTS_DIR)/bootstrap" ./functions/remediate

.venv/made: requirements.txt
	$(PYTHON) -m venv --clear .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	touch $@
