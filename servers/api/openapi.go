package api

import _ "embed"

// OpenAPI describes every call of the API and every answer to it. The contract suite holds the servers to it.
//
//go:embed openapi.yaml
var OpenAPI []byte
