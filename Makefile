# Each command is one script with a sentence at its top; all of them install what is missing and may be repeated.
.DEFAULT_GOAL := help
.PHONY: help machine demo site docs release-check build model models bundlers test documents evidence quality fuzz torture lint golden bench clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

machine:
	@scripts/check-machine

demo: machine ## build everything, the quick way, and serve the demo on this machine
	@scripts/build-wasm --quick
	@scripts/build-npm
	@scripts/prepare-model
	@scripts/serve.js www/dist --mount /models=models --port 4173

site: build ## put the demo together as a site to deploy, in site/
	@scripts/site

build: machine ## build the npm package and the demo
	@scripts/build-wasm
	@scripts/build-npm

model: machine ## download the embedding model and convert it to models/
	@scripts/prepare-model

models: machine ## download the other models, too, and hold each to its original
	@scripts/prepare-model all
	@scripts/test models

bundlers: machine model ## run the packed package in applications of each bundler, in three engines, print what they emit
	@scripts/bundlers

test: machine model ## run every test, in a real browser too
	@scripts/test

docs: machine ## build the documentation site in docs/.vitepress/dist
	@scripts/docs

documents: machine ## print how right documents are read
	@scripts/documents

evidence: machine model ## print how much of the passages that answer questions is found, and how much else
	@scripts/evidence

quality: machine ## print how well each model finds, in several languages, and what a second stage adds
	@scripts/quality

fuzz: machine ## fuzz kernels, models, conversion, parts, searches and documents, FUZZ_SECONDS each
	@scripts/fuzz

torture: machine ## kill collections in the middle of their work, TORTURE_KILLS times, and look for losses
	@scripts/torture

lint: machine ## formatters, clippy, types, API diff, licences
	@scripts/lint

golden: machine ## accept the current API as the golden declaration
	@scripts/build-wasm
	@scripts/golden accept

bench: build model ## compare with rivals, print ratios
	@scripts/bench

release-check: machine ## say whether what is here can be released, and pack it
	@scripts/release-check

clean: ## remove what was built here; the model and the user's cache stay
	@rm -rf target fuzz/target pkg/dist www/dist site docs/reference docs/.vitepress/dist docs/.vitepress/cache
