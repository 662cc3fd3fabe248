package connector_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/taxonhq/taxon/host/connector"
	"github.com/taxonhq/taxon/host/connector/manifest"
)

// The manifests in testdata/paper are CRMs that are not supported yet: they must fit the shape as it is.
func TestTheShapeHoldsForCRMsOnPaper(t *testing.T) {
	files, err := filepath.Glob("testdata/paper/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := manifest.Load(filepath.Base(file), data)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(m.Samples) == 0 {
			t.Errorf("%s has no samples", file)
		}
		for _, p := range connector.RunSamples(m) {
			t.Errorf("%s: %s", file, p.Error.Error())
		}
	}
}
