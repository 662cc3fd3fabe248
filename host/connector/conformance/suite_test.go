package conformance

import (
	"slices"
	"testing"

	"github.com/taxonhq/taxon/host/connector/manifests"
)

// checks are what every connector must do, by the names of the sub-tests.
var checks = []struct {
	name string
	run  func(T, *Dialect)
}{
	{"adapter", adapterFits},
	{"capabilities", capabilitiesAreDeclared},
	{"full", fullPullEqualsTheSource},
	{"changes", changesAreFoundExactly},
	{"instants", equalInstantsAcrossPages},
	{"late", lateChangesAreFound},
	{"clock", aWrongClockLosesNothing},
	{"deletions", deletionsAreLearned},
	{"merges", mergesAreLearned},
	{"write", badRecordsFailAlone},
	{"kinds", everyKindThatIsWrittenTakesValues},
	{"fields", fieldsAreMadeOnce},
	{"options", optionsAreExtendedAndNeverLost},
	{"pages", killedAtAnyPage},
	{"requests", killedAtAnyRequest},
	{"store", killedWithTheStore},
	{"throttling", throttlingIsLivedThrough},
	{"day", aUsedUpDayParks},
	{"tokens", credentialsMayEndInTheMiddle},
	{"credentials", wrongCredentialsAreSaidSo},
	{"secrets", secretsAndPersonalDataAreNeverSaid},
	{"many", manyRecordsAtTheFloor},
}

func TestConformance(t *testing.T) {
	t.Cleanup(func() { printReport(t) })
	for i := range dialects {
		d := &dialects[i]
		t.Run(d.Name, func(t *testing.T) {
			for _, check := range checks {
				t.Run(check.name, func(t *testing.T) {
					t.Parallel()
					check.run(t, d)
				})
			}
		})
	}
}

func TestEveryManifestIsInTheSuite(t *testing.T) {
	var have []string
	for _, d := range dialects {
		have = append(have, d.Name)
	}
	for _, name := range manifests.Names() {
		if !slices.Contains(have, name) {
			t.Errorf("the manifest %s has no adapter in this package: see its documentation", name)
		}
	}
	slices.Sort(have)
	if twice := slices.Compact(slices.Clone(have)); len(twice) != len(have) {
		t.Errorf("an adapter is registered twice: %v", have)
	}
}
