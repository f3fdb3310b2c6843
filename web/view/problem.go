package view

import (
	"fmt"

	"doorward/app"
	"doorward/app/lang"
)

// Problem is what went wrong, for a sentence in the page's language: an error, or what is wrong with fields that have no
// place on the page.
type Problem struct {
	Error  *app.Error
	Fields []app.FieldError
}

// problemOf says a Problem, an app.FieldError or the name of a case. Their English sentences are for programs; what has
// no text here falls back on them.
func problemOf(texts *lang.Texts, problem any) (string, error) {
	switch p := problem.(type) {
	case *Problem:
		return problemSentences(texts, p)
	case *app.FieldError:
		return fieldSentence(texts, *p), nil
	case string:
		return firstText(texts, p, 0, "errors.case."+p, "errors.case.picture_failed"), nil
	}
	return "", fmt.Errorf("a %T is no problem", problem)
}

// Say says what is wrong with a field in a language of the site; in English where that is none.
func (v *Views) Say(language string, e app.FieldError) string {
	tongue := v.tongue[language]
	if tongue == nil {
		tongue = v.tongue[lang.English]
	}
	return fieldSentence(tongue.texts, e)
}

func problemSentences(texts *lang.Texts, p *Problem) (string, error) {
	sentences := ""
	if p.Error != nil {
		sentences = firstText(texts, p.Error.Message, p.Error.Limit, caseKey(p.Error.Case), "errors.code."+string(p.Error.Code))
	}
	for _, field := range p.Fields {
		if sentences != "" {
			sentences += texts.Between()
		}
		sentences += fieldSentence(texts, field)
	}
	return sentences, nil
}

func fieldSentence(texts *lang.Texts, e app.FieldError) string {
	return firstText(texts, e.Message, e.Limit, caseKey(e.Case), "errors.field."+e.Field+"."+string(e.Rule), "errors.any."+string(e.Rule))
}

// caseKey is the key of a case's text, "" for no case.
func caseKey(name string) string {
	if name == "" {
		return ""
	}
	return "errors.case." + name
}

// firstText says the first of some texts that there is, else the sentence that came along.
func firstText(texts *lang.Texts, sentence string, limit int64, keys ...string) string {
	bytes, err := size(texts, limit)
	if err != nil {
		return sentence
	}
	for _, key := range keys {
		if key == "" || !texts.Has(key) {
			continue
		}
		if said, err := texts.Say(key, "n", limit, "size", bytes); err == nil {
			return said
		}
	}
	return sentence
}

// size is a number of bytes as people say it, rounded down: it is told as a limit.
func size(texts *lang.Texts, bytes int64) (string, error) {
	switch {
	case bytes >= 1<<20:
		return texts.Say("frame.size.mib", "n", bytes>>20)
	case bytes >= 1<<10:
		return texts.Say("frame.size.kib", "n", bytes>>10)
	}
	return texts.Say("frame.size.bytes", "n", bytes)
}
