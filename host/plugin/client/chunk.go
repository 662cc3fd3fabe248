package client

import (
	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/sdk/protocol"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// chunks cuts data into chunks, the last one marked; nil is none at all.
func (c *Client) chunks(data []byte, send func(*pb.Chunk) error) error {
	if data == nil {
		return nil
	}
	if len(data) > c.limit() {
		return &crm.Error{Code: crm.CodePlugin, Message: "a stored summary or model of plugin " + c.id() + " is larger than its manifest allows",
			Suggestion: "fit it again"}
	}
	for {
		n := min(len(data), protocol.ChunkBytes)
		if err := send(&pb.Chunk{Data: data[:n], Last: n == len(data)}); err != nil {
			return err
		}
		if data = data[n:]; len(data) == 0 {
			return nil
		}
	}
}

// assembly puts the chunks of a plugin together.
type assembly struct {
	client   *Client
	data     []byte
	complete bool
}

func (c *Client) assembly() *assembly { return &assembly{client: c, data: []byte{}} }

// add appends a chunk of what is called what; nil is a message of another kind.
func (a *assembly) add(what string, chunk *pb.Chunk) error {
	switch {
	case chunk == nil:
		return a.client.violation("it answers something else where a %s was expected", what)
	case len(chunk.GetData()) > protocol.ChunkBytes:
		return a.client.violation("a chunk of its %s has %d bytes, more than %d", what, len(chunk.GetData()), protocol.ChunkBytes)
	case len(a.data)+len(chunk.GetData()) > a.client.limit():
		return a.client.violation("its %s is larger than %d bytes", what, a.client.limit())
	case len(chunk.GetData()) == 0 && !chunk.GetLast():
		return a.client.violation("a chunk of its %s is empty", what)
	}
	a.data = append(a.data, chunk.GetData()...)
	a.complete = chunk.GetLast()
	return nil
}
