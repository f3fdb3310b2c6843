package view

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/lang"
)

// refusals are what the program refuses with, read from its source: English sentences, and what they are told apart by.
type refusals struct {
	codes, rules []string
	cases        map[string]string            // of a case to its sentence, "" where that is put together
	ofCode       map[string][]string          // the sentences of codes without a case
	ofField      map[string]map[string]string // of a field and a rule to the sentence without a case
}

func readRefusals(t *testing.T) refusals {
	t.Helper()
	found := refusals{cases: map[string]string{}, ofCode: map[string][]string{}, ofField: map[string]map[string]string{}}
	constants := map[string]string{} // of CodeX and RuleX to what they publish
	trees := map[string]*ast.File{}
	for _, folder := range []string{"../../app", "../../imaging", ".."} {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatal("no source in ", folder, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			trees[file] = tree
		}
	}
	for _, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			switch kind, _ := spec.Type.(*ast.Ident); {
			case kind == nil:
			case kind.Name == "Code":
				found.codes = append(found.codes, literal(spec.Values[0]))
				constants[spec.Names[0].Name] = literal(spec.Values[0])
			case kind.Name == "Rule":
				found.rules = append(found.rules, literal(spec.Values[0]))
				constants[spec.Names[0].Name] = literal(spec.Values[0])
			}
			return true
		})
	}
	for file, tree := range trees {
		ast.Inspect(tree, func(n ast.Node) bool {
			found.add(filepath.Base(file), n, constants)
			return true
		})
	}
	return found
}

// add takes up a refusal in one of the forms in which the source writes them.
func (r *refusals) add(file string, n ast.Node, constants map[string]string) {
	ofAPI := strings.HasPrefix(file, "api_") // what no page asks for
	switch n := n.(type) {
	case *ast.CallExpr:
		switch name(n.Fun) {
		case "Named", "named": // Refuse(kind, code, "…").Named("case"), errs.add(field, rule, "…").named("case", limit)
			r.cases[literal(n.Args[0])] = take(n.Fun.(*ast.SelectorExpr).X)
		case "Refuse":
			if len(n.Args) == 3 && !ofAPI {
				code := constants[name(n.Args[1])]
				r.ofCode[code] = append(r.ofCode[code], literal(n.Args[2]))
			}
		case "add", "fail": // errs.add(field, rule, "…"), or a function that knows the field: of the file's name
			if len(n.Args) < 2 || ofAPI {
				return
			}
			field, rule := literal(n.Args[0]), constants[name(n.Args[1])]
			if ruleFirst := constants[name(n.Args[0])]; ruleFirst != "" {
				field, rule = strings.TrimSuffix(file, ".go"), ruleFirst
			}
			r.field(field, rule, literal(n.Args[len(n.Args)-1]))
		}
	case *ast.AssignStmt: // errs.add(field, rule, "…").Case = "case"
		selector, ok := n.Lhs[0].(*ast.SelectorExpr)
		if !ok || selector.Sel.Name != "Case" || literal(n.Rhs[0]) == "" {
			return
		}
		r.cases[literal(n.Rhs[0])] = take(selector.X)
	case *ast.CompositeLit:
		if name(n.Type) != "FieldError" && name(n.Type) != "Error" {
			return
		}
		given := map[string]ast.Expr{}
		for _, element := range n.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				given[name(pair.Key)] = pair.Value
			}
		}
		switch {
		case given["Case"] != nil:
			r.cases[literal(given["Case"])] = literal(given["Message"])
		case ofAPI:
		case given["Field"] != nil:
			r.field(literal(given["Field"]), constants[name(given["Rule"])], literal(given["Message"]))
		case given["Message"] != nil:
			code := constants[name(given["Code"])]
			r.ofCode[code] = append(r.ofCode[code], literal(given["Message"]))
		}
	}
}

// take answers the sentence of a call that makes a refusal, and takes it away: the refusal has a case of its own.
func take(made ast.Expr) string {
	call, ok := made.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return ""
	}
	sentence := literal(call.Args[len(call.Args)-1])
	call.Args = nil
	return sentence
}

func (r *refusals) field(field, rule, sentence string) {
	if field == "" || rule == "" {
		return
	}
	if r.ofField[field] == nil {
		r.ofField[field] = map[string]string{}
	}
	r.ofField[field][rule] = sentence
}

// literal is a string that stands in the source, also as a format; "" for anything else.
func literal(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(n.Value)
		return text
	case *ast.CallExpr:
		if name(n.Fun) == "Sprintf" {
			return literal(n.Args[0])
		}
	}
	return ""
}

func name(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name
	case *ast.SelectorExpr:
		return n.Sel.Name
	}
	return ""
}

var (
	figures  = regexp.MustCompile(`%d|%s|\d+|\{n\}|\{size\}`)
	forAPI   = regexp.MustCompile(` \([A-Z]+ /[^)]*\)`)
	composed = []string{ // cases whose names the source puts together
		"password_upper", "password_lower", "password_digit", "password_special", "picture_failed", "upload_lost",
	}
	// apiFields are in no form: of addresses of the API, of bodies that only programs send, of files that are imported.
	apiFields = []string{
		"action", "since", "cursor", "page_size", "sort", "ids", "fields", "state", "kind", "password_hash", "client.user_agent", "client.ip",
		"wait", "advance", "mail", // of development
	}
)

// alike tells whether a page's English sentence is the API's, but for figures and for what only the API says.
func alike(page, api string) bool {
	plain := func(s string) string { return figures.ReplaceAllString(forAPI.ReplaceAllString(s, ""), "#") }
	return plain(page) == plain(api)
}

func TestEveryRefusalHasASentenceInEveryLanguage(t *testing.T) {
	t.Parallel()
	found := readRefusals(t)
	if len(found.codes) < 25 || len(found.rules) < 10 || len(found.cases) < 30 || len(found.ofField) < 10 {
		t.Fatalf("only %d codes, %d rules, %d cases and %d fields were found", len(found.codes), len(found.rules), len(found.cases), len(found.ofField))
	}
	texts := newViews(t, Site{}).book.In(lang.English) // the other languages have what English has
	said := map[string]bool{}
	want := func(key, sentence string) {
		said[key] = true
		forms, err := texts.Forms(key)
		switch {
		case err != nil:
			t.Errorf("%q has no text on pages: add %s", sentence, key)
		case sentence != "" && !alike(words(forms["other"]), sentence):
			t.Errorf("%s reads %q, the API says %q", key, words(forms["other"]), sentence)
		}
	}
	for _, code := range found.codes {
		want("errors.code."+code, "")
	}
	for _, rule := range found.rules {
		want("errors.any."+rule, "")
	}
	for _, one := range composed {
		want("errors.case."+one, "")
	}
	delete(found.cases, "") // one that only running tells
	for one, sentence := range found.cases {
		want("errors.case."+one, sentence)
	}
	for field, rules := range found.ofField {
		for rule, sentence := range rules {
			if key := "errors.field." + field + "." + rule; !slices.Contains(apiFields, field) || texts.Has(key) {
				want(key, sentence)
			}
		}
	}
	keys, err := texts.Keys()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if strings.HasPrefix(key, "errors.") && !said[key] {
			t.Errorf("nothing is refused with %s", key)
		}
	}
}

func words(form []lang.Piece) string {
	var out strings.Builder
	for _, piece := range form {
		if out.WriteString(piece.Words); piece.Name != "" {
			out.WriteString("{" + piece.Name + "}")
		}
	}
	return out.String()
}

func TestACodeWithOneSentenceSaysItOnPagesToo(t *testing.T) {
	t.Parallel()
	found := readRefusals(t)
	texts := newViews(t, Site{}).book.In(lang.English)
	ofPages := []string{"malformed_request", "too_large", "unsupported_media_type"} // the API has many for each, pages one
	for code, sentences := range found.ofCode {
		text, err := texts.Say("errors.code." + code)
		if err != nil {
			continue
		}
		if !slices.Contains(ofPages, code) && !slices.ContainsFunc(sentences, func(s string) bool { return alike(text, s) }) {
			t.Errorf("errors.code.%s reads %q, the API says %q", code, text, sentences)
		}
	}
}

func TestProblemsReadInThePagesLanguage(t *testing.T) {
	t.Parallel()
	v := newViews(t, Site{})
	for _, c := range []struct {
		lang    string
		problem any
		want    string
	}{
		{"de", &Problem{Error: &app.Error{Code: app.CodeForbidden, Message: "You may not do that."}}, "Das dürfen Sie nicht."},
		{"de", &app.FieldError{Field: "password", Rule: app.RuleTooShort, Limit: 14}, "Ein Passwort hat mindestens 14 Zeichen."},
		{"uk", &app.FieldError{Field: "password", Rule: app.RuleTooShort, Limit: 22}, "Пароль має щонайменше 22 символи."},
		{"ja", &app.FieldError{Field: "x", Rule: app.RuleTooLong}, "長すぎます。"},
		{"fr", &Problem{Error: &app.Error{Code: app.CodeTooLarge, Case: "picture_large", Limit: 10 << 20}}, "Une image a au plus 10 Mio."},
		{"fr", &Problem{Error: &app.Error{Code: "new_code", Message: "Something new."}}, "Something new."},
		{"es", &app.FieldError{Field: "email", Rule: app.RuleTaken, Case: "no_such_case"}, "Esa dirección ya tiene una cuenta. Inicie sesión o restablezca la contraseña."},
		{"ja", &Problem{Fields: []app.FieldError{{Field: "a", Rule: app.RuleTooLong}, {Field: "b", Rule: app.RuleTooShort}}}, "長すぎます。短すぎます。"},
		{"en", "picture_damaged", "This picture is damaged or incomplete. Save it again, or choose another one."},
		{"en", "a sentence from before", "The picture couldn't be made. Try another one."},
	} {
		got, err := problemOf(v.book.In(c.lang), c.problem)
		if err != nil || got != c.want {
			t.Errorf("%s: %v reads %q (%v), want %q", c.lang, c.problem, got, err, c.want)
		}
	}
	if _, err := problemOf(v.book.In("en"), 7); err == nil {
		t.Error("a number is a problem")
	}
}
