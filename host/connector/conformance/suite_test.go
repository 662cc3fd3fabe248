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
	{"check", anUntouchedAccountHasNoProblems},
	{"capabilities", capabilitiesAreDeclared},
	{"full", fullPullEqualsTheSource},
	{"changes", changesAreFoundExactly},
	{"instants", equalInstantsAcrossPages},
	{"late", lateChangesAreFound},
	{"clock", aWrongClockLosesNothing},
	{"deletions", deletionsAreLearned},
	{"merges", mergesAreLearned},
	{"leaving", recordsThatLeaveAreGone},
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
	{"jobs", bulkWaysDoTheSame},
	{"estimate", estimatesHold},
	{"many", manyRecordsAtTheFloor},
}

func TestConformance(t *testing.T) {
	t.Cleanup(func() { printReport(t) })
	for i := range dialects {
		d := &dialects[i]
		t.Run(d.title(), func(t *testing.T) {
			for _, check := range checks {
				if check.name == "many" && d.Variant != "" {
					continue
				}
				t.Run(check.name, func(t *testing.T) {
					t.Parallel()
					check.run(t, d)
				})
			}
		})
	}
}

func TestEveryManifestIsInTheSuite(t *testing.T) {
	var have, titles []string
	for _, d := range dialects {
		have, titles = append(have, d.Name), append(titles, d.title())
	}
	for _, name := range manifests.Names() {
		if !slices.Contains(have, name) {
			t.Errorf("the manifest %s has no adapter in this package: see its documentation", name)
		}
	}
	slices.Sort(titles)
	if twice := slices.Compact(slices.Clone(titles)); len(twice) != len(titles) {
		t.Errorf("an adapter is registered twice: %v", titles)
	}
}
