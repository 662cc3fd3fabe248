package hubspot

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

var dated = regexp.MustCompile(`^\d{4}-\d{2}$`)

// canonical turns a path of any version into the one that the handlers know:
// /crm/v3/objects/deals and /crm/objects/2026-09/deals are both /objects/deals.
func canonical(path string) (route, version string, ok bool) {
	p := strings.Split(strings.Trim(path, "/"), "/")
	legacy := func(v, resource string) bool {
		switch resource {
		case "objects":
			return v == "v3" || v == "v4"
		case "associations":
			return v == "v4"
		case "properties", "pipelines", "owners", "limits":
			return v == "v3"
		}
		return false
	}
	switch {
	case len(p) >= 3 && p[0] == "crm" && dated.MatchString(p[2]):
		return "/" + p[1] + rest(p[3:]), p[2], true
	case len(p) >= 3 && p[0] == "crm" && legacy(p[1], p[2]):
		return "/" + p[2] + rest(p[3:]), p[1], true
	case len(p) >= 3 && p[0] == "account-info" && (p[1] == "v3" || dated.MatchString(p[1])),
		len(p) >= 3 && p[0] == "oauth" && (p[1] == "v1" || p[1] == "v2" || p[1] == "v3" || dated.MatchString(p[1])):
		return "/" + p[0] + rest(p[2:]), p[1], true
	}
	return "", "", false
}

func rest(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return "/" + strings.Join(parts, "/")
}

// classify names the kind of a request for the log.
func classify(r *http.Request) string {
	route, _, ok := canonical(r.URL.Path)
	if !ok {
		return "other"
	}
	p := strings.Split(strings.TrimPrefix(route, "/"), "/")
	write := func(kind string) string {
		if r.Method != http.MethodGet {
			return kind + "_write"
		}
		return kind
	}
	switch p[0] {
	case "objects":
		return classifyObjects(r, p[1:])
	case "associations":
		return "association"
	case "properties":
		if len(p) > 2 && p[2] == "groups" {
			return write("group")
		}
		return write("property")
	case "pipelines":
		return "pipeline"
	case "owners":
		return "owner"
	case "account-info":
		return "account"
	case "limits":
		return "limits"
	case "oauth":
		return "token"
	}
	return "other"
}

func classifyObjects(r *http.Request, p []string) string {
	switch {
	case len(p) == 1 && r.Method == http.MethodPost:
		return "create"
	case len(p) == 1 && r.URL.Query().Get("archived") == "true":
		return "list_archived"
	case len(p) == 1:
		return "list"
	case len(p) == 2 && p[1] == "search":
		return "search"
	case len(p) == 2 && p[1] == "merge":
		return "merge"
	case len(p) == 2 && p[1] == "gdpr-delete":
		return "erase"
	case len(p) == 3 && p[1] == "batch":
		return "batch_" + p[2]
	case len(p) >= 4 && p[2] == "associations":
		return "association"
	case len(p) == 2:
		switch r.Method {
		case http.MethodPatch:
			return "update"
		case http.MethodDelete:
			return "archive"
		}
		return "read"
	}
	return "other"
}

type versionKey struct{}

// version of the path that a request came by.
func version(r *http.Request) string {
	v, _ := r.Context().Value(versionKey{}).(string)
	return v
}

// isDated tells whether a request came by one of the new, dated paths.
func isDated(r *http.Request) bool { return dated.MatchString(version(r)) }

func withRoute(r *http.Request, route, version string) *http.Request {
	n := r.WithContext(context.WithValue(r.Context(), versionKey{}, version))
	n.URL = &url.URL{Path: route, RawQuery: r.URL.RawQuery}
	return n
}

// routes serves canonical paths.
func (s *Server) routes() http.Handler {
	m := http.NewServeMux()
	handle := func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.report(w, h(w, r)) })
	}
	object := func(pattern string, h func(http.ResponseWriter, *http.Request, *kind) error) {
		handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
			k, err := s.kindOf(r.PathValue("type"))
			if err != nil {
				return err
			}
			return h(w, r, k)
		})
	}
	object("GET /objects/{type}", s.list)
	object("POST /objects/{type}", s.create)
	object("POST /objects/{type}/search", s.searchRecords)
	object("POST /objects/{type}/merge", s.merge)
	object("POST /objects/{type}/gdpr-delete", s.erase)
	object("POST /objects/{type}/batch/read", s.batchRead)
	object("POST /objects/{type}/batch/create", s.batchCreate)
	object("POST /objects/{type}/batch/update", s.batchUpdate)
	object("POST /objects/{type}/batch/upsert", s.batchUpsert)
	object("POST /objects/{type}/batch/archive", s.batchArchive)
	object("GET /objects/{type}/{id}", s.read)
	object("PATCH /objects/{type}/{id}", s.update)
	object("DELETE /objects/{type}/{id}", s.archive)
	object("GET /objects/{type}/{id}/associations/{to}", s.listAssociations)
	object("POST /associations/{type}/{to}/batch/read", s.readAssociations)
	object("GET /properties/{type}", s.listProperties)
	object("POST /properties/{type}", s.createProperty)
	object("POST /properties/{type}/batch/create", s.createProperties)
	object("GET /properties/{type}/groups", s.listGroups)
	object("POST /properties/{type}/groups", s.createGroup)
	object("GET /properties/{type}/groups/{group}", s.readGroup)
	object("DELETE /properties/{type}/groups/{group}", s.deleteGroup)
	object("GET /properties/{type}/{name}", s.readProperty)
	object("PATCH /properties/{type}/{name}", s.updateProperty)
	object("DELETE /properties/{type}/{name}", s.deleteProperty)
	object("GET /pipelines/{type}", s.listPipelines)
	object("GET /pipelines/{type}/{pipeline}", s.readPipeline)
	object("GET /pipelines/{type}/{pipeline}/stages", s.listStages)
	handle("GET /owners", s.listOwners)
	handle("GET /owners/{owner}", s.readOwner)
	handle("GET /account-info/details", s.account)
	handle("GET /limits/custom-properties", s.propertyLimits)
	handle("POST /oauth/token", s.refreshToken)
	handle("POST /oauth/token/introspect", s.introspect)
	handle("GET /oauth/access-tokens/{token}", s.tokenInfo)
	handle("POST /oauth/private-apps/get/access-token-info", s.privateTokenInfo)
	handle("/", func(http.ResponseWriter, *http.Request) error { return notFound("resource not found") })
	return m
}
