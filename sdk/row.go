package sdk

import "time"

// Row is a customer whose reads come from the configuration: column i is entry i of Effective.Reads. Each
// accessor is for reads of its type; a missing value is zero, and Missing tells.
//
// A Row is valid during the call it is given to; texts may be kept.
type Row struct {
	batch *rawBatch
	at    int
}

// Len is the number of columns.
func (r Row) Len() int { return len(r.batch.columns) }

// Key is the customer's anonymous key.
func (r Row) Key() Key { return Key(r.batch.keys[len(Key{})*r.at:]) }

// Type is the type of column i.
func (r Row) Type(i int) Type { return r.batch.columns[i].Type() }

// Missing reports whether the customer has no value in column i.
func (r Row) Missing(i int) bool { return r.batch.columns[i].Missing(r.at) }

// Int is an integer, or the number beneath a date, time or amount.
func (r Row) Int(i int) int64 { return r.batch.columns[i].Int(r.at) }

// Float is a number.
func (r Row) Float(i int) float64 { return r.batch.columns[i].Float(r.at) }

// Text is a text.
func (r Row) Text(i int) string { return r.batch.columns[i].Text(r.at) }

// Bool is a boolean.
func (r Row) Bool(i int) bool { return r.batch.columns[i].Bool(r.at) }

// Time is an instant, in UTC.
func (r Row) Time(i int) time.Time { return time.UnixMicro(r.Int(i)).UTC() }

// Amount is money.
func (r Row) Amount(i int) Amount { return Amount(r.Int(i)) }

// Day is a calendar day.
func (r Row) Day(i int) Day { return Day(r.Int(i)) }

// ListLen is the number of items of a list column.
func (r Row) ListLen(i int) int {
	from, to := r.batch.columns[i].Range(r.at)
	return to - from
}

// ListMissing reports whether item j of a list column has no value.
func (r Row) ListMissing(i, j int) bool { return r.batch.columns[i].MissingItem(r.item(i, j)) }

// ListInt is item j of a list of integers, dates, times or amounts.
func (r Row) ListInt(i, j int) int64 { return r.batch.columns[i].Int(r.item(i, j)) }

// ListFloat is item j of a list of numbers.
func (r Row) ListFloat(i, j int) float64 { return r.batch.columns[i].Float(r.item(i, j)) }

// ListText is item j of a list of texts.
func (r Row) ListText(i, j int) string { return r.batch.columns[i].Text(r.item(i, j)) }

// ListBool is item j of a list of booleans.
func (r Row) ListBool(i, j int) bool { return r.batch.columns[i].Bool(r.item(i, j)) }

// ListTime is item j of a list of instants, in UTC.
func (r Row) ListTime(i, j int) time.Time { return time.UnixMicro(r.ListInt(i, j)).UTC() }

// ListAmount is item j of a list of amounts.
func (r Row) ListAmount(i, j int) Amount { return Amount(r.ListInt(i, j)) }

// ListDay is item j of a list of calendar days.
func (r Row) ListDay(i, j int) Day { return Day(r.ListInt(i, j)) }

func (r Row) item(i, j int) int {
	from, to := r.batch.columns[i].Range(r.at)
	if j < 0 || from+j >= to {
		panic("sdk: the item is beyond the end of the list")
	}
	return from + j
}
