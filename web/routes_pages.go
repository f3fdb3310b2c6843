package web

// pageRoutes is the table of the pages.
func (s *Server) pageRoutes() []route { return nil }
