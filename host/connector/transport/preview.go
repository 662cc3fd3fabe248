package transport

import (
	"net/http"
	"strings"
)

// hidden stands in a preview where a credential would be sent.
const hidden = "••••"

// Preview is a request as it would be sent. What credentials add to it is hidden.
type Preview struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Wrapped bool              `json:"wrapped,omitempty"` // the body travels within another one, which holds credentials
}

// Preview shows a call without sending it. It needs a client that has sent something before, so that there is a token.
func (c *Client) Preview(call *Call) (Preview, error) {
	c.mu.Lock()
	base := c.base
	c.mu.Unlock()
	u, err := target(base, call.Class, call.Path, call.Query)
	if err != nil {
		return Preview{}, err
	}
	with, err := c.auth.carry(call.method(), u.Path)
	if err != nil {
		return Preview{}, err
	}
	for name := range with.query {
		with.query.Set(name, hidden)
	}
	addQuery(u, with.query)
	extra := map[string]any{}
	for name := range with.body {
		extra[name] = hidden
	}
	body, contentType, err := call.encode(carried{body: extra})
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Method: call.method(), URL: u.String(), Headers: map[string]string{}, Body: string(body), Wrapped: with.wrap != nil}
	for _, headers := range []map[string]string{c.headers, call.Headers} {
		for name, value := range headers {
			p.Headers[http.CanonicalHeaderKey(name)] = value
		}
	}
	for name := range with.headers {
		p.Headers[http.CanonicalHeaderKey(name)] = hidden
	}
	if body != nil {
		p.Headers["Content-Type"] = contentType
	}
	p.URL = strings.ReplaceAll(p.URL, "%E2%80%A2%E2%80%A2%E2%80%A2%E2%80%A2", hidden)
	return p, nil
}
