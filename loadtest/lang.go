package main

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"authlab/loadtest/message"
)

// langValue is a flag's value that is a language.
type langValue struct{ language *message.Language }

func (v langValue) String() string {
	if v.language == nil {
		return ""
	}
	return string(*v.language)
}

func (langValue) Type() string { return "language" }

func (v langValue) Set(name string) (err error) {
	l, err := message.LanguageNamed(name)
	if err == nil {
		*v.language = l
	}
	return err
}

// langFlag gives a command a flag for the language of what it writes for people. Programs read English in every
// language.
func langFlag(cmd *cobra.Command) *message.Language {
	l := message.English
	cmd.Flags().Var(langValue{&l}, "lang", "language of what is written for people: en or ko (Korean)")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok && wrong.GetFlag().Name == "lang" {
			return asked(wrong.Unwrap())
		}
		return err
	})
	return &l
}
