package apitest

import "slices"

// checks are the contract: the requirements by number.
var checks = slices.Concat(guardChecks, tokenChecks)
