package web

import (
	"net/http"
	"strconv"
	"strings"
)

// staticPolicy is for a picture that somebody opens by itself: an SVG may hold scripts.
const staticPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// getStatic serves what pages load. A name holds the hash of its content, so it can be kept for good.
func getStatic(c *call) error {
	asset, found := c.s.views.Asset(c.r.PathValue("name"))
	if !found {
		return errNotFound
	}
	header := c.w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Content-Security-Policy", staticPolicy)
	header.Set("Content-Type", asset.Type)
	body := asset.Gzip()
	if body != nil {
		header.Set("Vary", "Accept-Encoding")
	}
	if body != nil && takesGzip(c.r.Header) {
		header.Set("Content-Encoding", "gzip")
	} else {
		var err error
		if body, err = asset.Whole(); err != nil {
			return err
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(body)
	return nil
}

// takesGzip tells whether a client reads gzip. What it says of it with a weight is taken as yes, but for none at all.
func takesGzip(h http.Header) bool {
	for _, line := range h["Accept-Encoding"] {
		for part := range strings.SplitSeq(line, ",") {
			name, weight, weighed := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(name), "gzip") {
				return !weighed || strings.Trim(weight, " q=0.") != ""
			}
		}
	}
	return false
}

// getFavicon is for browsers that ask before they read the page.
func getFavicon(c *call) error { return c.redirectTo(c.s.views.Icon(), "") }
