// Package schemas embeds the contracts of Taxon: JSON Schemas of its documents and the protobuf definition
// of the classifier protocol. Data only. Invariant: no code but the embedding.
package schemas

import "embed"

// FS holds *.schema.json and the proto directory.
//
//go:embed *.schema.json proto
var FS embed.FS
