package transport

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/connector/manifest"
	"github.com/taxonhq/taxon/host/connector/mapping"
	"github.com/taxonhq/taxon/host/crm"
)

// Call is a request that has been filled in, before credentials.
type Call struct {
	Class   Class
	Request *manifest.Request // for its method, limits and error rules
	Path    string            // after the base URL, or an absolute URL
	Query   url.Values
	Headers map[string]string
	Body    any // for encoding/json; nil: none
	Form    url.Values
	Costs   map[string]int // of rate buckets, by name
	Raw     []byte         // a body as it is, instead of Body
	Type    string         // the content type of Raw
	spool   bool
	parts   bool
}

// Build fills in a request template.
func Build(class Class, r *manifest.Request, vars map[string]any) (*Call, error) {
	c := &Call{Class: class, Request: r}
	var err error
	if c.Path, err = r.Path.Text(vars); err == nil {
		if c.Query, err = values(r.Query, vars); err == nil {
			if c.Form, err = values(r.Form, vars); err == nil {
				c.Headers, err = headers(r.Headers, vars)
			}
		}
	}
	if err == nil {
		c.Body, _, err = r.Body.Eval(vars)
	}
	for name, t := range r.Cost {
		var text string
		if text, err = t.Text(vars); err != nil {
			break
		}
		if c.Costs == nil {
			c.Costs = map[string]int{}
		}
		if c.Costs[name], err = strconv.Atoi(text); err != nil || c.Costs[name] < 0 {
			err = errors.New("a cost is not a whole number")
			break
		}
	}
	if err != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "a request of the connector manifest cannot be filled in: " + err.Error()}
	}
	return c, nil
}

// values fills in a template of query or form parameters; a list repeats its key.
func values(t *manifest.Template, vars map[string]any) (url.Values, error) {
	tree, ok, err := t.Eval(vars)
	if err != nil || !ok {
		return nil, err
	}
	out := url.Values{}
	parameters, _ := tree.(map[string]any)
	for name, v := range parameters {
		if list, ok := v.([]any); ok {
			for _, item := range list {
				out.Add(name, mapping.Scalar(item))
			}
			continue
		}
		out.Set(name, mapping.Scalar(v))
	}
	return out, nil
}

func headers(t *manifest.Template, vars map[string]any) (map[string]string, error) {
	tree, _, err := t.Eval(vars)
	if err != nil {
		return nil, err
	}
	parameters, _ := tree.(map[string]any)
	out := make(map[string]string, len(parameters))
	for name, v := range parameters {
		out[name] = mapping.Scalar(v)
	}
	return out, nil
}

// method is the HTTP method: GET unless the request says otherwise.
func (c *Call) method() string {
	if c.Request.Method == "" {
		return "GET"
	}
	return c.Request.Method
}

// accept is what the answer may be.
func (c *Call) accept() string {
	switch {
	case c.spool:
		return "*/*"
	case c.parts:
		return "multipart/mixed"
	}
	return "application/json"
}

// encode is the body and its content type, with what credentials add to a JSON object.
func (c *Call) encode(with carried) (body []byte, contentType string, err error) {
	if c.Raw != nil {
		return c.Raw, c.Type, nil
	}
	if c.Form != nil {
		return []byte(c.Form.Encode()), "application/x-www-form-urlencoded", nil
	}
	if c.Body == nil {
		return nil, "", nil
	}
	tree := c.Body
	if object, ok := tree.(map[string]any); ok && len(with.body) > 0 {
		merged := maps.Clone(object)
		maps.Copy(merged, with.body)
		tree = merged
	}
	if with.wrap != nil {
		if tree, err = with.wrap(tree); err != nil {
			return nil, "", err
		}
	}
	body, err = json.Marshal(tree)
	return body, "application/json", err
}

// target is the whole URL. A path that is itself a URL must lead to the same host: credentials go nowhere else. Only a
// token may be asked for elsewhere, because that address comes from the manifest and not from an answer.
func target(base *url.URL, class Class, path string, query url.Values) (*url.URL, error) {
	var u *url.URL
	var err error
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		if u, err = url.Parse(path); err == nil && class == Token {
			if _, err := parseBase(u.Scheme + "://" + u.Host); err != nil {
				return nil, err
			}
		} else if err == nil && (u.Host != base.Host || u.Scheme != base.Scheme) {
			return nil, &crm.Error{Code: crm.CodeProtocol, Message: "the CRM names a next page on another host", Pointer: u.Host}
		}
	} else {
		u, err = url.Parse(strings.TrimSuffix(base.String(), "/") + path)
	}
	if err != nil || u.User != nil {
		return nil, &crm.Error{Code: crm.CodeConfig, Message: "a request of the connector manifest has no usable path"}
	}
	addQuery(u, query)
	return u, nil
}

// addQuery adds parameters to a URL, or replaces those of the same name.
func addQuery(u *url.URL, query url.Values) {
	if len(query) == 0 {
		return
	}
	all := u.Query()
	for k, v := range query {
		all[k] = v
	}
	u.RawQuery = all.Encode()
}
