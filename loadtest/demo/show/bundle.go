package show

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

var (
	imported = regexp.MustCompile(`(?m)^import (\{[^}]*\}) from '\./([\w.-]+)';$`)
	exported = regexp.MustCompile(`(?m)^export ((?:const|async function|function) (\w+))`)
	modular  = regexp.MustCompile(`(?m)^(import|export) `)
)

// bundle is a script and all modules that it imports as one plain script, since browsers load no module from a file.
// Instead has other folders' files for some names.
func bundle(page fs.FS, entry string, instead map[string]fs.FS) (string, error) {
	var out strings.Builder
	out.WriteString("'use strict';\n")
	done := map[string]bool{}
	var add func(name string) error
	add = func(name string) error {
		if done[name] {
			return nil
		}
		done[name] = true
		from := page
		if other, ok := instead[name]; ok {
			from = other
		}
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		for _, found := range imported.FindAllSubmatch(text, -1) {
			if err := add(string(found[2])); err != nil {
				return err
			}
		}
		var names []string
		for _, found := range exported.FindAllSubmatch(text, -1) {
			names = append(names, string(found[2]))
		}
		plain := imported.ReplaceAllStringFunc(string(text), func(line string) string {
			found := imported.FindStringSubmatch(line)
			return "const " + found[1] + " = " + module(found[2]) + ";"
		})
		plain = exported.ReplaceAllString(plain, "$1")
		if left := modular.FindString(plain); left != "" {
			return fmt.Errorf("%s has an %sof a form that cannot be recorded", name, left)
		}
		fmt.Fprintf(&out, "\nconst %s = (() => {\n%s\nreturn { %s };\n})();\n", module(name), plain,
			strings.Join(names, ", "))
		return nil
	}
	if err := add(entry); err != nil {
		return "", err
	}
	return out.String(), nil
}

// module is the name of a file's module in a bundle.
func module(file string) string {
	return "module_" + regexp.MustCompile(`\W`).ReplaceAllString(file, "_")
}
