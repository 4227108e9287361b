package apitest

import "slices"

// checks are the contract: the requirements by number.
var checks = slices.Concat(
	shapeChecks, loginChecks, endingChecks, accessChecks, browserChecks, tokenChecks, guardChecks, clockChecks,
	staleChecks, strangerChecks, textChecks, byteChecks, sideChecks, headChecks, tabChecks, pageChecks, evictionChecks,
)
