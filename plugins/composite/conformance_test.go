package composite_test

import (
	"testing"

	"github.com/taxonhq/taxon/plugins/composite"
	"github.com/taxonhq/taxon/plugins/internal/plugintest"
	"github.com/taxonhq/taxon/sdk/sdktest"
)

func TestConformance(t *testing.T) { sdktest.Run(t, sdktest.InProcess(composite.Plugin())) }

func TestTextsAreInAllLanguages(t *testing.T) { plugintest.SpeaksAllLanguages(t, composite.Plugin()) }
