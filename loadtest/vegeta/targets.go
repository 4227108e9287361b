package vegeta

import (
	"bufio"
	"io"
	"net/http"

	lib "github.com/tsenart/vegeta/v12/lib"

	"authlab/loadtest/credential"
)

// Targets writes a target for each credential, in Vegeta's JSON format: a GET of the URL with that user's header. What
// it writes is as secret as the credentials.
func Targets(to io.Writer, url string, credentials []credential.Credential) error {
	w := bufio.NewWriter(to)
	encode := lib.NewJSONTargetEncoder(w)
	for _, c := range credentials {
		t := lib.Target{Method: http.MethodGet, URL: url, Header: http.Header{c.Header: {c.Value}}}
		if err := encode(&t); err != nil {
			return err
		}
	}
	return w.Flush()
}
