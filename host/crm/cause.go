package crm

// Cause says what led to a change of a customer's tags, or of the value that a record shows.
type Cause string

// The causes. The classification notes on each tag row why its values changed; a change of the CRM's value
// has the cause of the tag that it shows, unless it has one of its own.
const (
	CauseFirst      Cause = "first"      // there was no tag, or no value of ours, before
	CauseData       Cause = "data"       // the customer's own records changed, or it came into the scope or went
	CausePopulation Cause = "population" // the customers against whom it is ranked changed
	CauseUpstream   Cause = "upstream"   // a tag that the classifier reads changed
	CauseTime       Cause = "time"       // the as-of day moved
	CauseRule       Cause = "rule"       // the configuration changed
	CausePlugin     Cause = "plugin"     // another version of the plugin
	CauseRate       Cause = "rate"       // exchange rates changed
	CauseOverride   Cause = "override"   // somebody else's value is overwritten
)
