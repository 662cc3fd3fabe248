package demographics

import (
	"slices"
	"strings"
	"time"

	"github.com/taxonhq/taxon/plugins/internal/textfold"
	"github.com/taxonhq/taxon/sdk"
)

// Plugin is the classifier.
func Plugin() sdk.Plugin {
	return sdk.Pointwise[*config, sdk.Row]{
		Info: sdk.Info{ID: "demographics", Version: "1.0.0", License: "Apache-2.0",
			Summary: "Age band, sex, occupation or life group of people, or risk by your own points; reads personal data only where it is granted by name"},
		Tags:    allTags(),
		Reasons: reasons,
		// Declared fields could be read without a grant where nobody marked them as personal: nothing is declared.
		Reads: []sdk.Read{{Path: "*", Purpose: "Age, sex, occupation and what points go by: each only where an administrator grants it by name."}},
		Presets: []sdk.Preset[*config]{
			{Name: "age", Label: sdk.Text{En: "Age bands", ZhHans: "年龄段", ZhHant: "年齡段"}, Config: &config{Class: age}},
			{Name: "groups", Label: sdk.Text{En: "Life groups: white-collar, homemakers, students, young, senior …", ZhHans: "人群：白领、主妇、学生、青年、老年等", ZhHant: "人群：白領、主婦、學生、青年、老年等"},
				Config: &config{Class: group}},
			{Name: "insurance", Label: sdk.Text{En: "Low, mid and high risk by your own points", ZhHans: "按自定分值划分低、中、高风险", ZhHant: "按自訂分值劃分低、中、高風險"}, Config: &config{Class: risk}},
		},
		Configure: configure,
		Classify:  classify,
	}
}

// person is what is known of a customer.
type person struct {
	age                        int64
	problem                    string // why the age is not known: a code of reasons
	sexText, sex               string
	occupationText, occupation string // the group
}

func (cfg *config) read(run sdk.Run, row sdk.Row) (p person) {
	at := cfg.columns
	p.age, p.problem = cfg.years(run, row)
	said := func(column int) string {
		if column < 0 || row.Missing(column) {
			return ""
		}
		if text := strings.TrimSpace(row.Text(column)); !textfold.IsBlank(text) {
			return text
		}
		return ""
	}
	if p.sexText = said(at.sex); p.sexText != "" {
		p.sex = cfg.sexes.Of(p.sexText)
	}
	if p.occupationText = said(at.occupation); p.occupationText != "" {
		p.occupation = cfg.occupations.Of(p.occupationText)
	}
	return p
}

// years is the age on the as-of day in completed years, or the reason why it is not known.
func (cfg *config) years(run sdk.Run, row sdk.Row) (years int64, problem string) {
	at := cfg.columns.age
	if at < 0 || row.Missing(at) {
		return 0, notSaid
	}
	if cfg.columns.ageType == sdk.Integer {
		years = row.Int(at)
	} else {
		born := row.Day(at)
		if cfg.columns.ageType == sdk.Time {
			born = sdk.DayOf(row.Time(at), run.Zone)
		}
		if slices.Contains(cfg.placeholders, born) {
			return 0, implausible
		}
		years = completed(born, run.Day)
	}
	if years < 0 || years > cfg.MaxAge {
		return 0, implausible
	}
	return years, ""
}

// completed is the number of whole years from one day to another.
func completed(from, to sdk.Day) int64 {
	a, b := date(from), date(to)
	years := int64(b.Year() - a.Year())
	if b.Month() < a.Month() || b.Month() == a.Month() && b.Day() < a.Day() {
		years--
	}
	return years
}

func date(d sdk.Day) time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// band is the code of the age's band.
func (cfg *config) band(years int64) string {
	i := 0
	for i < len(cfg.Bands) && years >= cfg.Bands[i] {
		i++
	}
	if len(cfg.Bands) == len(cfg.bands) { // the first band begins at 0
		i--
	}
	return cfg.bands[i].Code
}

func classify(run sdk.Run, cfg *config, row sdk.Row) sdk.Verdict {
	who := cfg.read(run, row)
	v := cfg.verdict(run, &who, row)
	if slices.Contains(cfg.Also, age) && who.problem == "" {
		v = v.Set("age_band", cfg.band(who.age))
	}
	if slices.Contains(cfg.Also, sex) && who.sex != "" {
		v = v.Set(sex, who.sex)
	}
	if slices.Contains(cfg.Also, occupation) && who.occupation != "" {
		v = v.Set(occupation, who.occupation)
	}
	return v
}

func (cfg *config) verdict(run sdk.Run, who *person, row sdk.Row) sdk.Verdict {
	switch cfg.Class {
	case risk:
		return cfg.weigh(run, who, row)
	case sex:
		return said(cfg.SexField, who.sexText, who.sex)
	case occupation:
		return said(cfg.OccupationField, who.occupationText, who.occupation)
	case group:
		if who.occupation != "" {
			return sdk.Set("", who.occupation).Because(ofText, who.occupationText)
		}
	}
	if who.problem != "" {
		if cfg.Class == group && who.occupationText != "" {
			return sdk.Unclassified(notUnderstood, cfg.OccupationField, who.occupationText)
		}
		return sdk.Unclassified(who.problem, cfg.AgeField)
	}
	code := cfg.band(who.age)
	if cfg.Class == group {
		switch code = "middle_aged"; {
		case who.age < cfg.YoungBelow:
			code = "young"
		case who.age >= cfg.SeniorFrom:
			code = "senior"
		}
	}
	return sdk.Set("", code).Because(ofAge, who.age)
}

// said is the class of a text.
func said(field, text, code string) sdk.Verdict {
	switch {
	case text == "":
		return sdk.Unclassified(notSaid, field)
	case code == "":
		return sdk.Unclassified(notUnderstood, field, text)
	}
	return sdk.Set("", code).Because(ofText, text)
}
