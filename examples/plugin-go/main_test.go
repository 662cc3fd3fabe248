package main

import (
	"os"
	"testing"

	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) {
	manifest, err := os.ReadFile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	sdktest.Run(t, sdktest.InProcess(plugin()), sdktest.Options{Manifest: manifest})
}

func TestExpectedTags(t *testing.T) {
	sdktest.Golden(t, sdktest.InProcess(plugin()), sdktest.Setup{}, "testdata/customers.csv", "testdata/expected.csv")
}
