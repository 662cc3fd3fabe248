package sdk

import pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"

// Text is a label or sentence by language. En is needed, the others are optional.
type Text struct{ En, ZhHans, ZhHant string }

func (t Text) proto() *pb.Text {
	if t == (Text{}) {
		return nil
	}
	by := map[string]string{"en": t.En}
	if t.ZhHans != "" {
		by["zh-Hans"] = t.ZhHans
	}
	if t.ZhHant != "" {
		by["zh-Hant"] = t.ZhHant
	}
	return &pb.Text{ByLanguage: by}
}

// Type is the type of a read, a tag or an argument of a reason.
type Type = pb.ValueType

// The types.
const (
	String  Type = pb.ValueType_VALUE_TYPE_TEXT    // text
	Integer Type = pb.ValueType_VALUE_TYPE_INTEGER // int64
	Number  Type = pb.ValueType_VALUE_TYPE_NUMBER  // finite float64
	Boolean Type = pb.ValueType_VALUE_TYPE_BOOLEAN
	Date    Type = pb.ValueType_VALUE_TYPE_DATE   // Day: a calendar day of the account
	Time    Type = pb.ValueType_VALUE_TYPE_TIME   // time.Time, to the microsecond
	Money   Type = pb.ValueType_VALUE_TYPE_AMOUNT // Amount: minor units of the base currency
)
