package view

// Reference is the API reference: a list of every route, in whose place a script draws Swagger UI over the description.
type Reference struct {
	Frame
	Parts []ReferencePart
}

// ReferencePart is the routes of one subject, in the order of the route table.
type ReferencePart struct {
	Name   string
	Routes []ReferenceRoute
}

// ReferenceRoute is one route.
type ReferenceRoute struct{ Method, Path, Summary string }

func (*Reference) template() (file, layout string) { return "reference", "bare" }
