package web

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"doorward/app"
	"doorward/app/apptest"
)

func TestMetricsAreForAnAdminsKey(t *testing.T) {
	t.Parallel()
	s := owned(t)
	ada := s.SignIn("ada@example.org", apptest.Browser(1))
	bearer := func(secret app.Secret) change { return with("Authorization", "Bearer "+secret.Reveal()) }
	s.do("GET", "/metrics", nil).refused(401, app.CodeUnauthenticated)
	s.do("GET", "/metrics", nil, as(ada)).refused(401, app.CodeUnauthenticated)
	s.do("GET", "/metrics", nil, bearer("dwk_nonsense")).refused(401, app.CodeUnauthenticated)
	for role, want := range map[string]int{"User": 401, "Admin": 200, "Owner": 200} {
		_, secret, err := s.CreateKey(t.Context(), app.Shell(""), app.KeyInput{Name: "watch " + role, Role: role})
		if err != nil {
			t.Fatal(err)
		}
		s.do("GET", "/metrics", nil, bearer(secret)).is(want)
	}
}

func TestMetricsCountByRouteAndStatusAndNameNothingOfARequest(t *testing.T) {
	t.Parallel()
	s := owned(t)
	for range 3 {
		s.do("GET", "/confirm/a-secret-token", nil)
	}
	s.do("GET", "/nothing/of-the-kind", nil).is(404)
	for range 10 {
		s.do("POST", api+"/sessions", `{"email":"x@example.org","password":"wrong password"}`)
	}
	var text strings.Builder
	s.server.WriteMetrics(t.Context(), &text)
	for _, want := range []string{
		`doorward_http_requests_total{method="POST",route="/api/v1/sessions",status="4xx"} 5`,
		`doorward_http_requests_total{method="POST",route="/api/v1/sessions",status="429"} 5`,
		`doorward_http_requests_total{method="GET",route="/confirm/{token}",status="4xx"} 3`,
		`doorward_http_requests_total{method="other",route="/",status="4xx"} 1`,
		`doorward_accounts{state="confirmed"} 1`,
		`doorward_jobs{kind="mail",state="waiting"} 0`,
		`doorward_logins_today{result="failed"} 5`,
		`doorward_writable 1`,
		`doorward_http_request_seconds_count{method="POST",route="/api/v1/sessions"} 10`,
	} {
		if !strings.Contains(text.String(), want+"\n") {
			t.Errorf("no line %s", want)
		}
	}
	if !regexp.MustCompile(`(?m)^doorward_hashes_total [1-9]`).MatchString(text.String()) {
		t.Error("no hash was counted")
	}
	if strings.Contains(text.String(), "secret") || strings.Contains(text.String(), "of-the-kind") {
		t.Error("a path is told")
	}
	apart := httptest.NewServer(s.server.MetricsHandler())
	defer apart.Close()
	for path, want := range map[string]int{"/metrics": 200, "/": 404, "/login": 404, "/api/v1/openapi.json": 404} {
		answer, err := apart.Client().Get(apart.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("apart %s answers %d", path, answer.StatusCode)
		}
	}
}
