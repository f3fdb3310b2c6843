package view

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"
	"text/template/parse"

	"doorward/app/lang"
	"doorward/app/lang/langtest"
)

func TestEveryLanguageHasEveryTextOfThePages(t *testing.T) {
	t.Parallel()
	langtest.Check(t, newViews(t, Site{}).book)
}

// saidByName are the texts that are said by a name that only running tells.
var saidByName = []langtest.Use{
	{Where: "admin_users.html", Key: "users.order.", Any: true}, // by the name in the address
	{Where: "admin_users.html", Key: "users.column.", Any: true},
	{Where: "parts.html", Key: "notes.", Any: true},           // by the note's code
	{Where: "account_profile.html", Key: "zones.", Any: true}, // by the name of the part of the world
	{Where: "when.go", Key: "time.ago.", Any: true},           // or ahead, by the unit
	{Where: "when.go", Key: "time.ahead.", Any: true},
	{Where: "admin_overview.html", Key: "admin_overview.warning.", Any: true},
	{Where: "admin_overview.html", Key: "admin_overview.group.", Any: true},
	{Where: "admin_overview.html", Key: "admin_overview.figure.", Any: true},
	{Where: "admin_roles.html", Key: "admin_roles.figure.", Any: true},
	{Where: "admin_welcome.html", Key: "admin_welcome.address.", Any: true}, // by the step
	{Where: "admin_welcome.html", Key: "admin_welcome.mail.", Any: true},
	{Where: "admin_welcome.html", Key: "admin_welcome.backup.", Any: true},
	{Where: "audit_line.go", Key: "admin_audit.", Any: true}, // by action, field, fact and reason: audit_line_test.go holds each
	{Where: "problem.go", Key: "errors.", Any: true},         // by code, rule and case: problem_test.go holds each
}

func TestThePagesSayEveryTextThatThereIsAndNoOther(t *testing.T) {
	t.Parallel()
	uses := append(templateUses(t), codeUses(t)...)
	if len(uses) < 30 {
		t.Fatalf("only %d places that say a text were found", len(uses))
	}
	langtest.CheckUses(t, newViews(t, Site{}).book, append(uses, saidByName...))
}

// templates are what each file defines.
func templates(t *testing.T) map[string][]*parse.Tree {
	t.Helper()
	files, err := filepath.Glob("*.html")
	if err != nil {
		t.Fatal(err)
	}
	nothing := func() string { return "" }
	functions := template.FuncMap{"site": nothing, "path": nothing, "asset": nothing}
	maps.Copy(functions, wordFunctions(&lang.Texts{}))
	maps.Copy(functions, auditFunctions(&lang.Texts{}, nil))
	found := map[string][]*parse.Tree{}
	for _, file := range files { // each by itself: many define the same names
		parsed, err := template.New("").Funcs(functions).ParseFiles(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range parsed.Templates() {
			if one.Tree != nil {
				found[file] = append(found[file], one.Tree)
			}
		}
	}
	return found
}

// templateUses are the calls of `t` and `rich` in the templates.
func templateUses(t *testing.T) []langtest.Use {
	t.Helper()
	var uses []langtest.Use
	for file, trees := range templates(t) {
		for _, tree := range trees {
			walk(tree.Root, func(n *parse.CommandNode) { uses = append(uses, usesOf(file, n)...) })
		}
	}
	return uses
}

// usesOf is the one text that a command says, if it says one by a key that stands in it.
func usesOf(file string, n *parse.CommandNode) []langtest.Use {
	function, ok := n.Args[0].(*parse.IdentifierNode)
	if !ok || function.Ident != "t" && function.Ident != "rich" || len(n.Args) < 2 {
		return nil
	}
	key, ok := n.Args[1].(*parse.StringNode)
	if !ok {
		return nil
	}
	use := langtest.Use{Where: file, Key: key.Text, Values: []string{}}
	for i := 2; i < len(n.Args); i += 2 {
		name, ok := n.Args[i].(*parse.StringNode)
		if !ok {
			return nil
		}
		use.Values = append(use.Values, name.Text)
	}
	return []langtest.Use{use}
}

// walk finds every command below a node.
func walk(n parse.Node, found func(*parse.CommandNode)) {
	branch := func(b *parse.BranchNode) {
		walk(b.Pipe, found)
		walk(b.List, found)
		if b.ElseList != nil {
			walk(b.ElseList, found)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, one := range n.Nodes {
			walk(one, found)
		}
	case *parse.ActionNode:
		walk(n.Pipe, found)
	case *parse.TemplateNode:
		if n.Pipe != nil {
			walk(n.Pipe, found)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	case *parse.PipeNode:
		for _, command := range n.Cmds {
			walk(command, found)
		}
	case *parse.CommandNode:
		found(n)
		for _, arg := range n.Args {
			walk(arg, found)
		}
	}
}

// codeUses are the calls of Say and Pieces in this package with a key that stands in them.
func codeUses(t *testing.T) []langtest.Use {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var uses []langtest.Use
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			function, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || function.Sel.Name != "Say" && function.Sel.Name != "Pieces" {
				return true
			}
			if literal, ok := call.Args[0].(*ast.BasicLit); ok {
				key, _ := strconv.Unquote(literal.Value)
				uses = append(uses, langtest.Use{Where: file, Key: key})
			}
			return true
		})
	}
	return uses
}

func TestNothingInATextOrAValueBecomesMarkup(t *testing.T) {
	t.Parallel()
	texts := lang.NewBook(fstest.MapFS{
		"en/x.toml": {Data: []byte(`a = "<b>&{who}</b> {link}go \"on\"{/link} {at}"`)},
	}).In(lang.English)
	to, err := newLink(`/a?b=1&c="><script>`)
	if err != nil {
		t.Fatal(err)
	}
	at := Moment{ISO: `"`, Exact: `<i>`, Relative: `&`}
	for _, who := range []any{`<script>'"`, element{"strong", `<script>'"`}, element{"bdi", `<script>'"`}} {
		got, err := rich(texts, "x.a", []any{"who", who, "link", to, "at", at})
		if err != nil {
			t.Fatal(err)
		}
		bare := strings.NewReplacer(
			`<strong dir="auto">`, "", "</strong>", "", "<bdi>", "", "</bdi>", "", `<a href="/a?b=1&amp;c=&#34;&gt;&lt;script&gt;">`, "", "</a>", "",
			`<time datetime="&#34;" title="&lt;i&gt;">`, "", "</time>", "",
		).Replace(string(got))
		if want := `&lt;b&gt;&amp;&lt;script&gt;&#39;&#34;&lt;/b&gt; go &#34;on&#34; &amp;`; bare != want {
			t.Errorf("%v gives %s", who, got)
		}
	}
	if _, err := rich(texts, "x.a", []any{"who", 1.5, "link", to, "at", at}); err == nil {
		t.Error("a number with a point is written in no language's way")
	}
}

func TestTextsLinkToThisSiteAlone(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"", "javascript:alert(1)", "//evil.example/", "https://evil.example/", "a", "?b"} {
		if _, err := newLink(to); err == nil {
			t.Errorf("a text links to %q", to)
		}
	}
}

// ofPrograms are the templates of pages that are in English alone, for developers.
var ofPrograms = []string{"dev.html", "dev_mail.html", "story_book.html", "reference.html", "bare.html"}

var (
	tags         = regexp.MustCompile(`<[^>]*>`)
	ownWords     = regexp.MustCompile(`\pL{2,}[^<\x00]*`)
	ownAttribute = regexp.MustCompile(`(?:aria-label|placeholder|title|alt|label|data-copy|data-copied)="[^"\x00]*\pL[^"]*"`)
)

func TestNoTemplateHasWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	for file, trees := range templates(t) {
		if slices.Contains(ofPrograms, file) {
			continue
		}
		for _, tree := range trees {
			markup := markupOf(tree.Root)
			for _, attribute := range ownAttribute.FindAllString(markup, -1) {
				t.Errorf("%s says %s", file, attribute)
			}
			for _, words := range ownWords.FindAllString(tags.ReplaceAllString(markup, "<>"), -1) {
				t.Errorf("%s says %q", file, words)
			}
		}
	}
}

// markupOf is what a template writes whatever it is given, with a NUL for what depends on that.
func markupOf(n parse.Node) string {
	branch := func(b *parse.BranchNode) string {
		out := markupOf(b.List)
		if b.ElseList != nil {
			out += markupOf(b.ElseList)
		}
		return out
	}
	switch n := n.(type) {
	case *parse.ListNode:
		var out strings.Builder
		for _, one := range n.Nodes {
			out.WriteString(markupOf(one))
		}
		return out.String()
	case *parse.TextNode:
		return string(n.Text)
	case *parse.IfNode:
		return branch(&n.BranchNode)
	case *parse.WithNode:
		return branch(&n.BranchNode)
	case *parse.RangeNode:
		return branch(&n.BranchNode)
	}
	return "\x00"
}
