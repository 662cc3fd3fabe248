package classify

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taxonhq/taxon/host/crm"
	"github.com/taxonhq/taxon/host/plugin/client"
	pb "github.com/taxonhq/taxon/sdk/protocol/classifierpb"
)

// hostWords are the texts of the host's own reasons by language.
var hostWords = map[string]map[string]string{
	reasonMissing: {
		"en":      "Nothing is known of {what}, which this classification needs.",
		"zh-Hans": "缺少{what}，无法分类。",
		"zh-Hant": "缺少{what}，無法分類。",
	},
	reasonNoRate: {
		"en":      "{what} holds an amount in a currency whose exchange rate on that day is not known.",
		"zh-Hans": "{what}中有金额所用货币在当日的汇率未知。",
		"zh-Hant": "{what}中有金額所用貨幣在當日的匯率未知。",
	},
	reasonTooLarge: {
		"en":      "The data of this customer are too large: {what}.",
		"zh-Hans": "该客户的数据过大：{what}。",
		"zh-Hant": "該客戶的資料過大：{what}。",
	},
	reasonProblem: {
		"en":      "The plugin could not judge this customer: {code}.",
		"zh-Hans": "插件无法判断该客户：{code}。",
		"zh-Hant": "外掛無法判斷該客戶：{code}。",
	},
	reasonHeld + string(RuleHysteresis): {
		"en":      "Stays {class} for now: {proposed} is proposed since {since} and has to be confirmed; {next} on {until} at the earliest.",
		"zh-Hans": "暂时保持{class}：自{since}起应为{proposed}，尚待确认；最早于{until}变为{next}。",
		"zh-Hant": "暫時保持{class}：自{since}起應為{proposed}，尚待確認；最早於{until}變為{next}。",
	},
	reasonHeld + string(RuleMargin): {
		"en":      "Stays {class} for now: {proposed} is proposed since {since}, but the score has not moved far enough.",
		"zh-Hans": "暂时保持{class}：自{since}起应为{proposed}，但分数变动幅度不足。",
		"zh-Hant": "暫時保持{class}：自{since}起應為{proposed}，但分數變動幅度不足。",
	},
	reasonHeld + string(RuleMinimumStay): {
		"en":      "Stays {class} until {until}, the least time in a class; {proposed} is proposed since {since}.",
		"zh-Hans": "在{until}之前保持{class}（未满最短停留期）；自{since}起应为{proposed}。",
		"zh-Hant": "在{until}之前保持{class}（未滿最短停留期）；自{since}起應為{proposed}。",
	},
	reasonHeld + string(RuleGracePeriod): {
		"en":      "Stays {class} until {until}, a period of grace; {proposed} is proposed since {since}.",
		"zh-Hans": "宽限期内，在{until}之前保持{class}；自{since}起应为{proposed}。",
		"zh-Hant": "寬限期內，在{until}之前保持{class}；自{since}起應為{proposed}。",
	},
	reasonHeld + string(RuleOneStep): {
		"en":      "{class} for now, one step at a time: {proposed} is proposed since {since}; {next} on {until} at the earliest.",
		"zh-Hans": "每次只变动一级，暂为{class}：自{since}起应为{proposed}；最早于{until}变为{next}。",
		"zh-Hant": "每次只變動一級，暫為{class}：自{since}起應為{proposed}；最早於{until}變為{next}。",
	},
}

// Words is a reason as a sentence in a language ("en", "zh-Hans", "zh-Hant"; English where there is no other),
// from the plugin's manifest or the host's own texts. A code that neither knows, of an older version of the
// plugin, is shown as it is with its arguments.
func Words(m *pb.Manifest, reason Reason, language string) string {
	text := template(m, reason.Code, language)
	if text == "" {
		text = reason.Code
		for _, a := range reason.Args {
			text += " " + a.Name + "={" + a.Name + "}"
		}
	}
	pairs := make([]string, 0, 2*len(reason.Args))
	for _, a := range reason.Args {
		pairs = append(pairs, "{"+a.Name+"}", Show(a.Value))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Labelled is a reason of the host with labels in the place of codes of the main tag, as the tags define them.
func Labelled(reason Reason, tags []*pb.TagDefinition, language string) Reason {
	if !isHeld(reason.Code) || len(tags) == 0 {
		return reason
	}
	main := client.MainTag(tags)
	out := Reason{Code: reason.Code, Args: slices.Clone(reason.Args)}
	for _, tag := range tags {
		for i, a := range out.Args {
			if tag.GetKey() == main && a.Value.Type() == crm.Text {
				out.Args[i].Value = crm.TextValue(Label(tag, a.Value.Text(), language))
			}
		}
	}
	return out
}

func template(m *pb.Manifest, code, language string) string {
	for _, d := range m.GetReasons() {
		if d.GetCode() == code {
			return inLanguage(d.GetText().GetByLanguage(), language)
		}
	}
	if words, ok := hostWords[code]; ok {
		return inLanguage(words, language)
	}
	if strings.HasPrefix(code, reasonMissing) {
		return inLanguage(hostWords[reasonMissing], language)
	}
	return ""
}

func inLanguage(words map[string]string, language string) string {
	if text := words[language]; text != "" {
		return text
	}
	return words["en"]
}

// Label is the label of a tag's code in a language, the code itself where there is none.
func Label(tag *pb.TagDefinition, code, language string) string {
	for _, o := range tag.GetOptions() {
		if o.GetCode() == code {
			if label := inLanguage(o.GetLabel().GetByLanguage(), language); label != "" {
				return label
			}
		}
	}
	return code
}

// Show is a value for people: numbers with at most four decimals, amounts with their currency and groups of
// three digits, times to the minute.
func Show(v crm.Value) string {
	switch v.Type() {
	case crm.None:
		return "–"
	case crm.Integer:
		return group(strconv.FormatInt(v.Int(), 10))
	case crm.Number:
		f := v.Float()
		if math.Abs(f) < 1e11 {
			f = math.Round(f*1e4) / 1e4
		}
		return strconv.FormatFloat(f, 'f', -1, 64)
	case crm.Amount:
		return strings.TrimSpace(group(v.Money().Decimal()) + " " + v.Money().Currency)
	case crm.Time:
		return v.Time().Format("2006-01-02 15:04") + " UTC"
	}
	return v.String()
}

// group puts a comma between groups of three digits before the decimal point, from five digits on.
func group(s string) string {
	sign, rest := "", s
	if strings.HasPrefix(s, "-") {
		sign, rest = "-", s[1:]
	}
	whole, fraction, point := strings.Cut(rest, ".")
	if len(whole) < 5 {
		return s
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	if point {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// Handling is what is recommended for a tag's code in a language, "" where nothing is.
func Handling(tag *pb.TagDefinition, code, language string) string {
	for _, o := range tag.GetOptions() {
		if o.GetCode() == code {
			return inLanguage(o.GetHandling().GetByLanguage(), language)
		}
	}
	return ""
}
