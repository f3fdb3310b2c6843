package web

import (
	"net/http"

	"doorward/app/lang"
	"doorward/web/view"
)

// referencePath is the one page among the addresses of the API.
const referencePath = api + "/docs"

// getReference shows the API reference, which is the same for everybody.
func getReference(c *call) error {
	page := &view.Reference{Parts: c.s.referenceParts()}
	page.Now, page.Lang = c.s.accounts.Now(), lang.English // the description is written in English
	return c.show(http.StatusOK, page)
}

// referenceParts are the routes of the API by subject, in the order of their table.
func (s *Server) referenceParts() []view.ReferencePart {
	var parts []view.ReferencePart
	at := map[string]int{}
	for _, rt := range s.apiRoutes() {
		i, known := at[rt.doc.tag]
		if !known {
			i = len(parts)
			at[rt.doc.tag] = i
			parts = append(parts, view.ReferencePart{Name: rt.doc.tag})
		}
		parts[i].Routes = append(parts[i].Routes, view.ReferenceRoute{Method: rt.method, Path: s.path(rt.path), Summary: rt.doc.summary})
	}
	return parts
}
