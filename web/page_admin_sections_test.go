package web

import (
	"net/http"
	"testing"

	"doorward/web/view"
)

func TestEveryPartOfAdministrationThatIsNamedIsThere(t *testing.T) {
	t.Parallel()
	b := owned(t).browser(t, 9).signIn("ada@example.org")
	for _, path := range (&view.Frame{Me: &view.Me{Owner: true}}).Sections() {
		b.visit(path).on(path, http.StatusOK)
	}
}
