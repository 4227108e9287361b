package page

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"

	"authlab/loadtest/message"
)

// Live is what a page computes with in the reader's browser. Without a script the page says what it would do.
type Live struct {
	Data  []byte            // report.json
	Words []message.Message // of the scripts, which replace {name} in them
	// Names are what the data has in English only, by a key that the data has too.
	Names map[string]message.Message
}

//go:embed live.css
var liveStyle string

// The scripts, in the order in which they run. They are read as they are: nothing builds them.
var (
	//go:embed script/live.js
	liveScript string
	//go:embed script/folds.js
	foldsScript string
	//go:embed script/advice.js
	adviceScript string
	//go:embed script/which.js
	whichScript string
	//go:embed script/across.js
	acrossScript string
	//go:embed script/compare.js
	compareScript string
)

// live is the end of a page with data: the data, the words in each language, and the scripts.
var live = template.Must(template.New("live").Parse(`<script type="application/json" id="report">{{.Data}}</script>
<script type="application/json" id="words">{{.Words}}</script>
<script>
{{.Scripts}}</script>
`))

// HTML writes what stands behind all that a reader sees; nothing without data.
func (v Live) HTML(languages ...message.Language) (template.HTML, error) {
	if len(v.Data) == 0 {
		return "", nil
	}
	words := map[message.Language]map[string]string{}
	for _, l := range languages {
		words[l] = map[string]string{}
		for _, m := range v.Words {
			words[l][m.Key] = Words(l, m)
		}
		for key, m := range v.Names {
			words[l]["name "+key] = Words(l, m)
		}
	}
	text, err := json.Marshal(words)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = live.Execute(&out, struct{ Data, Words, Scripts template.JS }{
		inert(v.Data), inert(text),
		template.JS(liveScript + foldsScript + adviceScript + whichScript + acrossScript + compareScript),
	})
	return template.HTML(out.String()), err
}

// inert is JSON in which nothing ends a script element or begins a comment: no <, > or & is left in it.
func inert(text []byte) template.JS {
	var compact, out bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return "null"
	}
	json.HTMLEscape(&out, compact.Bytes())
	return template.JS(out.String())
}
