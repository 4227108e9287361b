package show

import (
	"fmt"
	"net/http"
	"strings"

	"rsc.io/qr"
)

// margin is how many modules around a QR code stay white, as its standard asks.
const margin = 4

// code draws the address of the audience's page as a QR code.
func (s *Server) code(w http.ResponseWriter, _ *http.Request) {
	drawn, err := qrCode(s.config.Audience)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	fmt.Fprint(w, drawn)
}

// qrCode is a text as a picture in SVG: black on white in both themes, since a camera has to read it. A run of black
// modules in a row is one stroke.
func qrCode(text string) (string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", fmt.Errorf("%q is too long for a QR code: %w", text, err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			first := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > first {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", first+margin, y+margin, x-first, x-first)
			}
		}
	}
	side := code.Size + 2*margin
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`+
		`<rect width="%d" height="%d" fill="#fff"/><path d="%s"/></svg>`, side, side, side, side, path.String()), nil
}
