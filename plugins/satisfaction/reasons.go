package satisfaction

import "github.com/taxonhq/taxon/sdk"

var reasons = []sdk.Reason{
	{Code: "answered", Text: sdk.Text{En: "Gave {score} of {max} on {date}.", ZhHans: "于{date}打分{score}/{max}。", ZhHant: "於{date}打分{score}/{max}。"},
		Args: []sdk.Arg{{Name: "score", Type: sdk.Number}, {Name: "max", Type: sdk.Number}, {Name: "date", Type: sdk.Date}}},
	{Code: "answered_undated", Text: sdk.Text{En: "Gave {score} of {max}.", ZhHans: "打分{score}/{max}。", ZhHant: "打分{score}/{max}。"},
		Args: []sdk.Arg{{Name: "score", Type: sdk.Number}, {Name: "max", Type: sdk.Number}}},
	{Code: "average", Text: sdk.Text{En: "Answers: {n}, with a mean of {score} of {max}.", ZhHans: "{n}次打分，平均{score}/{max}。", ZhHant: "{n}次打分，平均{score}/{max}。"},
		Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "score", Type: sdk.Number}, {Name: "max", Type: sdk.Number}}},
	people("nps", sdk.Text{En: "People: {n}, of whom promoters {best}, passives {middle}, detractors {worst}: NPS {net}, standard error {error}.",
		ZhHans: "{n}人中推荐者{best}人、被动者{middle}人、贬损者{worst}人：净推荐值{net}（标准误{error}）。", ZhHant: "{n}人中推薦者{best}人、被動者{middle}人、批評者{worst}人：淨推薦值{net}（標準誤{error}）。"}),
	people("csat", sdk.Text{En: "People: {n}, of whom satisfied {best}, neutral {middle}, dissatisfied {worst}: net {net}, standard error {error}.",
		ZhHans: "{n}人中满意{best}人、一般{middle}人、不满意{worst}人：净值{net}（标准误{error}）。", ZhHant: "{n}人中滿意{best}人、普通{middle}人、不滿意{worst}人：淨值{net}（標準誤{error}）。"}),
	people("ces", sdk.Text{En: "People: {n}, of whom found it easy {best}, neither {middle}, hard {worst}: net {net}, standard error {error}.",
		ZhHans: "{n}人中认为轻松{best}人、一般{middle}人、费力{worst}人：净值{net}（标准误{error}）。", ZhHant: "{n}人中認為輕鬆{best}人、普通{middle}人、費力{worst}人：淨值{net}（標準誤{error}）。"}),
	{Code: "decision_maker", Text: sdk.Text{En: "A decision maker is in the worst class, which settles it.", ZhHans: "有决策人给出差评，因此整个客户归入此类。", ZhHant: "有決策人給出差評，因此整個客戶歸入此類。"}},
	{Code: "left_out", Text: sdk.Text{En: "Answers left out, as they are not on the scale: {n}.", ZhHans: "{n}个答案不在量表内，已排除。", ZhHant: "{n}個答案不在量表內，已排除。"},
		Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}}},
	{Code: "no_answer", Text: sdk.Text{En: "No survey answer within {window}.", ZhHans: "{window}内无调查答案。", ZhHant: "{window}內無調查答案。"},
		Args: []sdk.Arg{{Name: "window", Type: sdk.String}}},
	{Code: "never_answered", Text: sdk.Text{En: "No survey answer at any time.", ZhHans: "从未回答调查。", ZhHant: "從未回答調查。"}},
	{Code: "too_few", Text: sdk.Text{En: "Answers: {n}; needed: {minimum}.", ZhHans: "仅有{n}个答案，至少需要{minimum}个。", ZhHant: "僅有{n}個答案，至少需要{minimum}個。"},
		Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "minimum", Type: sdk.Integer}}},
	{Code: "not_valid", Text: sdk.Text{En: "Answers: {n}, none on the scale from {min} to {max}.", ZhHans: "{n}个答案均不在{min}至{max}的量表内。", ZhHant: "{n}個答案均不在{min}至{max}的量表內。"},
		Args: []sdk.Arg{{Name: "n", Type: sdk.Integer}, {Name: "min", Type: sdk.Number}, {Name: "max", Type: sdk.Number}}},
}

// people is the reason of an account with several people.
func people(kind string, text sdk.Text) sdk.Reason {
	return sdk.Reason{Code: "people_" + kind, Text: text, Args: []sdk.Arg{{Name: "best", Type: sdk.Integer}, {Name: "middle", Type: sdk.Integer},
		{Name: "worst", Type: sdk.Integer}, {Name: "n", Type: sdk.Integer}, {Name: "net", Type: sdk.Number}, {Name: "error", Type: sdk.Number}}}
}
