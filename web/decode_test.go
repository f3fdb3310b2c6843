package web

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"doorward/app"
)

func TestDecodeRefusesWithAPlaceAndNeverAValue(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	for name, c := range map[string]struct{ body, says string }{
		"no body":                       {``, "missing"},
		"white space":                   {" \n\t", "missing"},
		"null":                          {`null`, "object"},
		"a list":                        {`[]`, "object"},
		"a text":                        {`"` + secret + `"`, "object"},
		"an unknown member":             {`{"email":"a@b","passwort":"` + secret + `"}`, "/passwort"},
		"a name in another case":        {`{"Email":"` + secret + `"}`, "/Email"},
		"a member twice":                {`{"password":"x","password":"` + secret + `"}`, "/password"},
		"a member twice, escaped":       {`{"password":"x","passwor\u0064":"` + secret + `"}`, "/password"},
		"a number for a text":           {`{"password":12345678}`, "/password must be a text"},
		"an object for a text":          {`{"password":{"a":"` + secret + `"}}`, "/password"},
		"a list for a text":             {`{"password":["` + secret + `"]}`, "/password"},
		"true for a text":               {`{"email":true}`, "/email must be a text"},
		"a text for a truth value":      {`{"remember":"false"}`, "/remember must be true or false"},
		"a number for a truth value":    {`{"remember":1}`, "/remember"},
		"trailing text":                 {`{"password":"` + secret + `"} {}`, "not valid JSON"},
		"trailing comma":                {`{"password":"` + secret + `",}`, "not valid JSON"},
		"cut short":                     {`{"password":"` + secret, "not valid JSON"},
		"a lone high surrogate":         {`{"password":"` + secret + `\ud800"}`, "not valid JSON"},
		"a lone low surrogate":          {`{"password":"\udc00` + secret + `"}`, "not valid JSON"},
		"broken UTF-8":                  {"{\"password\":\"" + secret + "\xff\"}", "not valid JSON"},
		"a control character in a text": {"{\"password\":\"" + secret + "\x01\"}", "not valid JSON"},
		"single quotes":                 {`{'password':'` + secret + `'}`, "not valid JSON"},
		"a comment":                     {`{/*` + secret + `*/}`, "not valid JSON"},
		"a byte order mark":             {"\ufeff{}", "object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var into loginBody
			err := decodeStrictly([]byte(c.body), &into)
			var e *app.Error
			if !errors.As(err, &e) || e.Code != app.CodeMalformed {
				t.Fatalf("error %v, want malformed_request", err)
			}
			if !strings.Contains(e.Message, c.says) {
				t.Errorf("detail %q does not say %q", e.Message, c.says)
			}
			if strings.Contains(e.Message, secret) {
				t.Errorf("detail %q repeats what was sent", e.Message)
			}
		})
	}
}

func TestDecodeNamesPlacesBrieflyAndPrintably(t *testing.T) {
	t.Parallel()
	var into loginBody
	err := decodeStrictly([]byte(`{"`+strings.Repeat("é\\u0007", 5000)+`":1}`), &into)
	if text := app.AsError(err).Message; len(text) > 200 || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		t.Errorf("detail is %q", text)
	}
}

func TestDecodeTakesWhatIsWellFormed(t *testing.T) {
	t.Parallel()
	var into loginBody
	body := " {\"email\":\"a@b\",\n\"password\":\"p\\u00e4ss\\ud83d\\ude00\\u0000\",\"remember\":true,\"username\":null}\n"
	if err := decodeStrictly([]byte(body), &into); err != nil {
		t.Fatal(err)
	}
	if *into.Email != "a@b" || into.Password.Reveal() != "päss😀\x00" || !into.Remember || into.Username != nil {
		t.Errorf("decoded %+v", into)
	}
}

func TestDecodeKeepsCustomFieldsAsTheyCame(t *testing.T) {
	t.Parallel()
	var into app.Changes
	if err := decodeStrictly([]byte(`{"big":12345678901234567890.5,"o":{"b":1,"a":[null]}}`), &into); err != nil {
		t.Fatal(err)
	}
	if string(into["big"]) != "12345678901234567890.5" || string(into["o"]) != `{"b":1,"a":[null]}` {
		t.Errorf("decoded %s", into)
	}
	for _, body := range []string{`{"a":{"b":1,"b":2}}`, `{"a":"\ud800"}`, `{"a":1,"a":2}`, `{"a":[{"x":"\udead"}]}`} {
		if err := decodeStrictly([]byte(body), &into); err == nil {
			t.Errorf("%s was taken", body)
		}
	}
}

func FuzzDecodeTakesOnlyWhatEverybodyReadsAlike(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"email":"a@b","password":"x"}`, `{"password":"\ud800"}`, `{"password":1}`, `{"remember":"false"}`, `{"a":{"b":1,"b":2}}`,
		`{"email":null}`, `[]`, `{} {}`, `{"password":"x","password":"y"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var into loginBody
		err := decodeStrictly(body, &into)
		if err == nil {
			// Whatever is taken, the standard library reads the same from it.
			var again struct {
				Email, Username, Password *string
				Remember, Cookie          bool
			}
			if err := json.Unmarshal(body, &again); err != nil {
				t.Fatalf("%q was taken, but is not JSON: %v", body, err)
			}
			if again.Remember != into.Remember || (again.Password == nil) != (into.Password == nil) ||
				into.Password != nil && *again.Password != into.Password.Reveal() {
				t.Fatalf("%q was read as %+v and as %+v", body, into, again)
			}
			return
		}
		if e := app.AsError(err); e.Code != app.CodeMalformed || e.Message == "" {
			t.Fatalf("%q: %v", body, err)
		}
	})
}
