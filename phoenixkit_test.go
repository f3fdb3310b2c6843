package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorward/app"
	"doorward/web"
)

// phoenixKit is what docs/phoenixkit.md promises: each function, in this order.
const phoenixKit = `admin_confirm_user admin_unconfirm_user admin_update_user_password apply_user_email assign_role assign_roles_to_existing_users
bulk_update_user_fields calculate_file_hash change_user_email change_user_password change_user_profile change_user_registration confirm_user
delete_all_user_session_tokens delete_user_custom_field delete_user_session_token deliver_user_confirmation_instructions
deliver_user_reset_password_instructions deliver_user_update_email_instructions demote_to_user ensure_active_user generate_user_session_token
get_all_user_session_tokens get_first_admin get_first_admin_id get_first_user get_first_user_id get_role_stats get_session_token_record get_user
get_user! get_user_by_email get_user_by_email_and_password get_user_by_reset_password_token get_user_by_session_token get_user_custom_field
get_user_field get_user_for_selection get_user_roles get_user_with_roles list_roles list_users_paginated promote_to_admin register_user
register_user_with_geolocation remove_role reset_user_password search_users set_user_custom_field toggle_user_confirmation update_user_avatar
update_user_custom_fields update_user_email update_user_fields update_user_locale_preference update_user_password update_user_profile
update_user_status user_has_role? users_with_role verify_session_fingerprint`

// lookupRow is one function's line: what stands between backquotes in its cells.
type lookupRow struct {
	function                    string
	operations, requests, human []string // human: pages and commands
}

var quotedCode = regexp.MustCompile("`([^`]+)`")

func phoenixKitTable(t *testing.T) []lookupRow {
	t.Helper()
	text, err := os.ReadFile("docs/phoenixkit.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []lookupRow
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) != 5 {
			continue
		}
		quoted := make([][]string, 4)
		for i := range quoted {
			for _, match := range quotedCode.FindAllStringSubmatch(cells[i], -1) {
				quoted[i] = append(quoted[i], match[1])
			}
		}
		if len(quoted[0]) != 1 || len(quoted[1]) == 0 || len(quoted[2]) == 0 {
			t.Errorf("a row names no function, no operation or no request: %s", line)
			continue
		}
		rows = append(rows, lookupRow{quoted[0][0], quoted[1], quoted[2], quoted[3]})
	}
	return rows
}

func TestEveryFunctionOfPhoenixKitIsFoundHere(t *testing.T) {
	t.Parallel()
	var have []string
	for _, row := range phoenixKitTable(t) {
		have = append(have, row.function)
	}
	if want := strings.Fields(phoenixKit); len(want) != 61 || !slices.Equal(have, want) {
		t.Errorf("docs/phoenixkit.md has %d functions, want these %d in their order: %v", len(have), len(want), have)
	}
}

func TestWhatStandsForAFunctionOfPhoenixKitExists(t *testing.T) {
	t.Parallel()
	paths := describedPaths(t)
	pages := map[string]bool{}
	commands := map[string]bool{}
	for _, row := range phoenixKitTable(t) {
		for _, name := range row.operations {
			if _, ok := reflect.TypeFor[*app.Accounts]().MethodByName(name); !ok {
				t.Errorf("%s: app.Accounts has no %s", row.function, name)
			}
		}
		for _, request := range row.requests {
			if why := paths.lack(request); why != "" {
				t.Errorf("%s: %s %s", row.function, request, why)
			}
		}
		for _, name := range row.human {
			if strings.HasPrefix(name, "/") {
				pages[name] = true
			} else {
				commands[name] = true
			}
		}
	}
	if len(pages) == 0 || len(commands) == 0 {
		t.Fatalf("%d pages and %d commands are named", len(pages), len(commands))
	}
	for name := range commands {
		words := strings.Fields(name)
		if words[0] != "doorward" || run(t.Context(), append(words[1:], "--help"), nil, nil, &bytes.Buffer{}, &bytes.Buffer{}) != 0 {
			t.Errorf("there is no command %s", name)
		}
	}
	needsSignals(t)
	s := start(t, program(t, "--data", t.TempDir()+"/data", "--listen", "127.0.0.1:0"))
	for path := range pages {
		if !s.hasPage(path) {
			t.Errorf("there is no page %s", path)
		}
	}
	for _, no := range []string{"/nothing", "/account/nothing/at/all"} {
		if s.hasPage(no) {
			t.Errorf("%s counts as a page", no)
		}
	}
	s.stop(os.Interrupt)
}

// hasPage tells whether a path has a page: asked with a method that no route takes, it says which ones do.
func (s *process) hasPage(path string) bool {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodOptions, s.base+regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x"), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusMethodNotAllowed && strings.Contains(answer.Header.Get("Allow"), http.MethodGet)
}

// apiPaths are the operations of the description, by path and method.
type apiPaths map[string]map[string]struct {
	Parameters []struct{ Name, In string }
}

func describedPaths(t *testing.T) apiPaths {
	t.Helper()
	text, err := web.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Paths apiPaths }
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Paths
}

// lack says what a request such as `PATCH /me?check=true` has that the description has not; "" for nothing.
func (p apiPaths) lack(request string) string {
	method, target, _ := strings.Cut(request, " ")
	path, query, _ := strings.Cut(target, "?")
	op, ok := p["/api/v1"+path][strings.ToLower(method)]
	if !ok {
		return "is not described"
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return err.Error()
	}
	for name := range values {
		if !slices.ContainsFunc(op.Parameters, func(q struct{ Name, In string }) bool { return q.Name == name && q.In == "query" }) {
			return "takes no " + name
		}
	}
	return ""
}
