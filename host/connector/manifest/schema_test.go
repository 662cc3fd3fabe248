package manifest_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/taxonhq/taxon/host/connector/manifest"
)

const schemaFile = "../../../schemas/connector.schema.json"

// The schema for editors is made from the tags that Load goes by. To bring the file up to date:
//
//	TAXON_WRITE_SCHEMA=1 go test ./host/connector/manifest
func TestTheSchemaForEditorsIsUpToDate(t *testing.T) {
	want, err := manifest.Schema()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("TAXON_WRITE_SCHEMA") != "" {
		if err := os.WriteFile(schemaFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: schemas/connector.schema.json is not what the tags say; see the comment of this test", err)
	}
}
