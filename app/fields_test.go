package app

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func fields(pairs ...string) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return m
}

func TestCustomFieldsAreMergedIntoThosePresent(t *testing.T) {
	t.Parallel()
	have := fields("phone", `"555"`, "plan", `{"a":1}`)
	var errs fieldErrors
	merged := mergeCustom(&errs, have, cleanCustom(&errs, fields("plan", ` { "b" : 2 } `, "note", `null`)))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if got := fmt.Sprintf("%s", merged); got != `map[note:null phone:"555" plan:{"b":2}]` {
		t.Errorf("merged: %s", got)
	}
	if string(have["plan"]) != `{"a":1}` || len(have) != 2 {
		t.Error("the fields there were changed in place")
	}
	if keys := changedKeys(have, merged); !slices.Equal(keys, []string{"note", "plan"}) {
		t.Errorf("changed: %v", keys)
	}
	if keys := changedKeys(merged, have); !slices.Equal(keys, []string{"note", "plan"}) {
		t.Errorf("changed back: %v", keys)
	}
}

func TestCustomFieldsTake64KiBInAll(t *testing.T) {
	t.Parallel()
	// {"a":"…"} is 8 bytes around the text
	full := func(char string, n int) map[string]json.RawMessage {
		return fields("a", `"`+strings.Repeat(char, n)+`"`)
	}
	for _, c := range []struct {
		name   string
		fields map[string]json.RawMessage
		good   bool
	}{
		{"just full", full("x", 64<<10-8), true},
		{"one byte over", full("x", 64<<10-7), false},
		{"just full of what HTML would escape", full("<", 64<<10-8), true},
		{"space between does not count", fields("a", "["+strings.Repeat(" ", 70<<10)+"]"), true},
	} {
		var errs fieldErrors
		cleanCustom(&errs, c.fields)
		if got := rulesOf(errs, "custom_fields"); c.good != (len(errs) == 0) || !c.good && got != string(RuleTooLong) {
			t.Errorf("%s: %v", c.name, errs)
		}
	}
	var errs fieldErrors
	have := cleanCustom(&errs, full("x", 60<<10))
	more := cleanCustom(&errs, fields("b", `"`+strings.Repeat("x", 5<<10)+`"`))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if mergeCustom(&errs, have, more); rulesOf(errs, "custom_fields") != string(RuleTooLong) {
		t.Error("the whole grew over 64 KiB")
	}
}

func TestCustomFieldsHaveNamesAndBoundedDepth(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, key, value string
		want             Rule
	}{
		{"one character", "a", "1", ""},
		{"100 characters", strings.Repeat("ж", 100), "1", ""},
		{"101 characters", strings.Repeat("ж", 101), "1", RuleTooLong},
		{"no character", "", "1", RuleRequired},
		{"broken UTF-8", "a\xff", "1", RuleInvalidFormat},
		{"a slash, dots and spaces", "../a b", "1", ""},
		{"a control character", "\x00", "1", ""},
		{"a schema field's name", "email", `"x"`, RuleNotUpdatable},
		{"a protected name", "password_hash", `"x"`, RuleNotUpdatable},
		{"almost a protected name", "Password", `"x"`, ""},
		{"no JSON", "a", `{"b":}`, RuleInvalidFormat},
		{"32 deep with the object around", "a", nested(31), ""},
		{"33 deep", "a", nested(32), RuleOutOfRange},
		{"brackets in a text are no depth", "a", `"` + strings.Repeat("[", 99) + `"`, ""},
		{"an escaped quote ends no text", "a", `"\"` + strings.Repeat("[", 99) + `"`, ""},
		{"an escaped backslash before the end", "a", `["\\",` + nested(30) + `]`, ""},
		{"objects and arrays count alike", "a", strings.Repeat(`{"b":[`, 16) + "1" + strings.Repeat(`]}`, 16), RuleOutOfRange},
		{"siblings do not add up", "a", "[" + strings.Repeat("[],", 50) + "[]]", ""},
	} {
		var errs fieldErrors
		cleaned := cleanCustom(&errs, fields(c.key, c.value))
		got := Rule("")
		if len(errs) > 0 {
			got = errs[0].Rule
		}
		if got != c.want || (len(cleaned) == 1) != (c.want == "") {
			t.Errorf("%s: %q, want %q; cleaned %s", c.name, got, c.want, cleaned)
		}
	}
}

func FuzzDepthIsWhatADecoderCounts(f *testing.F) {
	for _, seed := range []string{`[]`, `{"a":["]"]}`, `"\\"`, `["\"[",{}]`, `1`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !json.Valid([]byte(text)) {
			return
		}
		decoder, level, deepest := json.NewDecoder(strings.NewReader(text)), 0, 0
		for {
			token, err := decoder.Token()
			if err != nil {
				break
			}
			switch token {
			case json.Delim('['), json.Delim('{'):
				level++
				deepest = max(deepest, level)
			case json.Delim(']'), json.Delim('}'):
				level--
			}
		}
		if got := depth(json.RawMessage(text)); got != deepest {
			t.Errorf("depth of %s is %d, want %d", text, got, deepest)
		}
	})
}

func TestUpdatesSplitIntoSchemaAndCustomFields(t *testing.T) {
	t.Parallel()
	up, err := splitChanges(Changes(fields("first_name", `"Ada"`, "last_name", `null`, "username", `"ada"`, "user_timezone", `"+2"`, "phone", `"555"`, "First_Name", `1`)))
	if err != nil {
		t.Fatal(err)
	}
	if *up.firstName != "Ada" || *up.lastName != "" || *up.username != "ada" || *up.timezone != "+2" || up.email != nil {
		t.Errorf("schema fields: %+v", up)
	}
	if len(up.custom) != 2 || string(up.custom["phone"]) != `"555"` || string(up.custom["First_Name"]) != "1" {
		t.Errorf("custom fields: %s", up.custom)
	}
}

func TestProtectedNamesAreRefusedAllAtOnce(t *testing.T) {
	t.Parallel()
	names := strings.Fields(`id full_name username_key is_active confirmed_at password current_password password_confirmation password_hash
		hashed_password preferred_locale roles avatar registration registration_ip registration_country registration_region registration_city
		custom_fields last_seen_at created_at updated_at inserted_at email`)
	changes := Changes{"first_name": json.RawMessage(`"Ada"`)}
	for _, name := range names {
		changes[name] = json.RawMessage(`"x"`)
	}
	_, err := readUpdate(changes, permits{})
	if err == nil {
		t.Fatal("taken")
	}
	var told []string
	for _, f := range AsError(err).Fields {
		if f.Rule != RuleNotUpdatable {
			t.Errorf("%s: %s", f.Field, f.Rule)
		}
		told = append(told, f.Field)
	}
	slices.Sort(names)
	if !slices.Equal(told, names) {
		t.Errorf("told: %v\nwant: %v", told, names)
	}
}

func TestAValueOfTheWrongTypeIsMalformedAndNotRepeated(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`12345`, `true`, `["hunter2"]`, `{"a":"hunter2"}`} {
		_, err := splitChanges(Changes(fields("first_name", value)))
		e := AsError(err)
		if err == nil || e.Code != CodeMalformed || strings.Contains(e.Message, "hunter2") {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestNamesAreTrimmedShortAndWithoutControlCharacters(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Rule{
		"Ada": "", "": "", "  ": "", strings.Repeat("ж", 100): "", " " + strings.Repeat("a", 100) + " ": "", "Anne-Marie d'Arc 李": "",
		strings.Repeat("a", 101): RuleTooLong, "A\nB": RuleInvalidFormat, "A\x00": RuleInvalidFormat, "A\u0085B": RuleInvalidFormat,
		"A\x7f": RuleInvalidFormat, "A\xff": RuleInvalidFormat,
	} {
		var errs fieldErrors
		cleaned := cleanName(&errs, "first_name", name)
		if got := Rule(rulesOf(errs, "first_name")); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
		if want == "" && cleaned != strings.TrimSpace(name) {
			t.Errorf("%q became %q", name, cleaned)
		}
	}
}

func TestTimeZonesAreIANANamesOrWholeHours(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "Europe/Paris", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5", "-12", "+14", "14", "0", "+0", "5", "-3", "+2", "+02"} {
		if !CheckTimezone(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"Local", "local", "Europe", "Europe/Nowhere", "-13", "+15", "15", "+5:30", "5.5", "+", "-", "--1", "+-1", "+014", "1e1", " 5", "5 ", " ",
		"../etc/passwd", "/etc/localtime", "Europe/../Europe/Paris", "Europe/Paris\x00", "localtime", "posixrules", "posix/Europe/Paris",
		"right/Europe/Paris", "tzdata.zi", "zone.tab", strings.Repeat("a", 65), "EUROPE/PARIS", "europe/paris",
	} {
		if CheckTimezone(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestLocalesAreALanguageWithOrWithoutACountry(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "en", "en-GB", "pt-BR", "de-CH", "ar", "zh", "zh-TW", "et", "cy", "nb-NO", "tl-PH", "sq-XK"} {
		if !CheckLocale(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"und", "x-private", "en-x-private", "EN", "En", "en_GB", "en-gb", "en-Gb", "EN-GB", "en-", "-GB", "e", "eng", "fil", "zz", "qq", "xx", "en-ZZ",
		"en-XX", "en-AA", "en-UK", "en-EU", "en-001", "en-12", "zh-Hant", "zh-Hant-TW", "en-GB-oxendict", "i-klingon", "art", "mul", "C", "POSIX",
		"en GB", " en", "en\x00", "en-GB\n", "日本",
	} {
		if CheckLocale(bad) {
			t.Errorf("%q is taken", bad)
		}
	}
}
