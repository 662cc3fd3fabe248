package cluster

import (
	"fmt"
	"strings"

	"github.com/taxonhq/taxon/plugins/internal/feature"
	"github.com/taxonhq/taxon/plugins/internal/reading"
	"github.com/taxonhq/taxon/plugins/internal/wording"
	"github.com/taxonhq/taxon/sdk"
)

// The values of settings.
const (
	auto    = "auto"
	log1p   = "log1p"
	plain   = "none"
	zScores = "z"
	varimax = "varimax"

	ifMissing = "unclassified"
	asZero    = "zero"
	asMean    = "mean"
)

type config struct {
	Window   string        `json:"window" schema:"default=730d,examples=365d|24m|all,pattern=^([1-9][0-9]{0,4}[dwmy]|all)$" doc:"How far back features without a window of their own look from the as-of day."`
	Features []featureSpec `json:"features" schema:"maxItems=32" doc:"What customers are compared by. Default: days since the last purchase, number and value of purchases, days since the first, number of activities."`

	K        int     `json:"k" schema:"minimum=0,maximum=20,default=0" doc:"Number of clusters; 0 chooses it."`
	MaxK     int     `json:"max_k" schema:"minimum=2,maximum=20,default=8" doc:"Most clusters, when k is chosen."`
	MinSize  int     `json:"min_size" schema:"minimum=1,maximum=100000,default=20" doc:"Customers that the smallest cluster must have, when k is chosen."`
	MinShare float64 `json:"min_share" schema:"minimum=0,maximum=50,default=2" doc:"The same in per cent of all customers; the larger of the two holds."`
	MinEach  int     `json:"min_customers" schema:"minimum=0,maximum=100000,default=30" doc:"Customers that must be there for each cluster: with fewer nobody is classified."`

	Standardise string  `json:"standardise" schema:"default=z,enum=z|none" doc:"z makes features comparable; none is for features of one unit, such as yes-or-no answers."`
	Winsorise   float64 `json:"winsorise" schema:"minimum=0,maximum=25,default=0.5" doc:"Per cent at each end whose values count as the value there, so that a few giants do not make a cluster; 0: none."`
	Factors     string  `json:"factors" schema:"default=none,enum=none|varimax" doc:"varimax: compare by a few factors behind the features instead of by the features."`
	FactorCount int     `json:"factor_count" schema:"minimum=0,maximum=10,default=0" doc:"Factors; 0: as many as have an eigenvalue above 1."`

	Outliers float64 `json:"outlier_percentile" schema:"minimum=50,maximum=100,default=99" doc:"A customer farther from its centre than this per cent of its cluster is an outlier; 100: nobody is."`
	Sample   int     `json:"sample" schema:"minimum=100,maximum=50000,default=10000" doc:"Customers that the fit looks at; with more there are two further passes over all."`
	Starts   int     `json:"starts" schema:"minimum=1,maximum=1000,default=50" doc:"Most starts of the search for each number of clusters; it ends earlier when the best division is found again and again."`
	Names    []name  `json:"names" schema:"maxItems=200" doc:"Your own names for clusters, once you have looked at them."`

	// What Configure prepares.
	features []feature.Feature
	standard bool // they are those of package feature, whose words are in the reasons
}

// featureSpec is one feature as the administrator writes it.
type featureSpec struct {
	Name      string `json:"name" schema:"required,examples=purchases|days_open,pattern=^[a-z][a-z0-9_]{0,30}$" doc:"A short name."`
	Measure   string `json:"measure" schema:"required,minLength=1" doc:"A measure, a field that is a number, an amount, a date or yes/no, or another classifier's score. A date counts as days before the as-of day."`
	Label     string `json:"label" doc:"What people read. Default: the name in words."`
	Transform string `json:"transform" schema:"default=auto,enum=auto|log1p|none" doc:"log1p takes logarithms (of 1 + the value, the sign kept). auto: for amounts, counts and days, not for other numbers."`
	ForHigh   string `json:"handling_high" schema:"maxLength=400" doc:"What to do with customers of a cluster that has much of it. A cluster's handling is that of the two features in which it differs most."`
	ForLow    string `json:"handling_low" schema:"maxLength=400" doc:"The same of a cluster that has little of it."`
	Missing   string `json:"missing" schema:"default=unclassified,enum=unclassified|zero|mean" doc:"A customer without a value: unclassified, or it counts as zero, or as the mean."`
}

type name struct {
	Code     string `json:"code" schema:"required,examples=cluster_1,pattern=^cluster_[1-9][0-9]{0,5}$" doc:"Which cluster: cluster_1."`
	Label    string `json:"label" schema:"required,minLength=1,maxLength=80" doc:"What people read."`
	Handling string `json:"handling" schema:"maxLength=400" doc:"Recommended handling of such customers."`
}

func configure(_ sdk.Run, cfg *config, cat sdk.Catalogue) (sdk.Effective, sdk.Diagnostics) {
	var found sdk.Diagnostics
	standard := map[string]feature.Named{}
	if cfg.standard = len(cfg.Features) == 0; cfg.standard {
		for _, s := range feature.Standard() {
			cfg.Features = append(cfg.Features, featureSpec{Name: s.Name, Measure: s.Measure, Transform: auto, Missing: ifMissing})
			standard[s.Name] = s
		}
	}
	var columns reading.Columns
	seen := map[string]bool{}
	cfg.features = nil
	for i, s := range cfg.Features {
		at := fmt.Sprintf("/features/%d", i)
		if seen[s.Name] {
			found.Errorf(at+"/name", "twice", "there are two features %s", s.Name)
		}
		seen[s.Name] = true
		in, message := reading.Parse(s.Measure, cfg.Window, cat)
		switch {
		case message != "":
			found.Errorf(at+"/measure", "measure", "%s", message)
			continue
		case in.Type == sdk.String:
			found.Errorf(at+"/measure", "type", "%s is a text: distances are of numbers, amounts, dates and yes or no", in.Path)
			continue
		}
		words, known := standard[s.Name]
		if !known {
			if words.Label.En = s.Label; s.Label == "" {
				words.Label.En = strings.ReplaceAll(s.Name, "_", " ")
			}
			words.Label, words.High, words.Low = feature.Worded(words.Label.En)
			words.ForHigh, words.ForLow = wording.Same(s.ForHigh), wording.Same(s.ForLow)
			s.translate(&words)
		}
		cfg.features = append(cfg.features, feature.Feature{Name: s.Name, Label: words.Label, High: words.High, Low: words.Low, ForHigh: words.ForHigh, ForLow: words.ForLow, Input: in, Column: columns.Add(in.Read("Compares customers."))})
	}
	codes := map[string]bool{}
	for i, n := range cfg.Names {
		if codes[n.Code] {
			found.Errorf(fmt.Sprintf("/names/%d/code", i), "twice", "%s has two names", n.Code)
		}
		codes[n.Code] = true
	}
	if cfg.K == 1 {
		// Not an error: outliers may be all that somebody wants to know.
		found.Warnf("/k", "one_cluster", "with k 1 everybody is in one cluster, and only outliers are told apart: 0 chooses the number, or write 2 and more")
	}
	if cfg.Factors != varimax && cfg.FactorCount > 0 {
		found.Warnf("/factor_count", "unused", "factor_count is for factors: varimax")
	}
	if cfg.Factors == varimax && cfg.Standardise == plain {
		found.Errorf("/standardise", "factors", "factors are found in z-scores: leave standardise at z")
	}
	if cfg.Factors == varimax && len(cfg.features) < 3 && !found.Failed() {
		found.Warnf("/factors", "few_features", "factors behind %d features say nothing new", len(cfg.features))
	}
	return sdk.Effective{Reads: columns.Reads()}, found
}

// logged reports whether logarithms of a feature are compared.
func (cfg *config) logged(i int) bool {
	switch cfg.Features[i].Transform {
	case log1p:
		return true
	case auto:
		f := &cfg.features[i]
		return f.Input.Type == sdk.Money || f.Input.Type == sdk.Integer || f.Dated()
	}
	return false
}

// named is the administrator's name of a cluster.
func (cfg *config) named(code string) (name, bool) {
	for _, n := range cfg.Names {
		if n.Code == code {
			return n, true
		}
	}
	return name{}, false
}

// bank are the features of the preset bank.
var bank = []feature.Named{
	{Name: "deposits", Measure: "deposits", Label: sdk.Text{En: "deposits", ZhHans: "存款", ZhHant: "存款"},
		ForHigh: sdk.Text{En: "Personal adviser, review of the investments", ZhHans: "专属顾问，检视投资配置", ZhHant: "專屬顧問，檢視投資配置"},
		ForLow:  sdk.Text{En: "Savings plan", ZhHans: "推荐储蓄计划", ZhHant: "推薦儲蓄計劃"}},
	{Name: "loans", Measure: "loans", Label: sdk.Text{En: "loans", ZhHans: "贷款", ZhHant: "貸款"},
		ForHigh: sdk.Text{En: "Review terms and security", ZhHans: "复核条件与担保", ZhHant: "複核條件與擔保"},
		ForLow:  sdk.Text{En: "Offer credit where it is needed", ZhHans: "按需提供授信", ZhHant: "按需提供授信"}},
	{Name: "services", Measure: "services", Label: sdk.Text{En: "services used", ZhHans: "使用服务数", ZhHant: "使用服務數"},
		ForHigh: sdk.Text{En: "Keep: one contact for all of them", ZhHans: "维系：专人对接所有服务", ZhHant: "維繫：專人對接所有服務"},
		ForLow:  sdk.Text{En: "Show the next service that suits", ZhHans: "推荐下一项合适的服务", ZhHant: "推薦下一項合適的服務"}},
	{Name: "transactions", Measure: "count(activities) within 365d", Label: sdk.Text{En: "transactions", ZhHans: "交易次数", ZhHant: "交易次數"},
		ForHigh: sdk.Text{En: "Online service, quick answers", ZhHans: "线上服务，快速响应", ZhHant: "線上服務，快速回應"},
		ForLow:  sdk.Text{En: "Begin a conversation", ZhHans: "主动联系", ZhHant: "主動聯繫"}},
}

// translate puts the languages of reasons in the place of the words of a preset; those of an administrator stay.
func (s *featureSpec) translate(words *feature.Named) {
	for _, ours := range bank {
		if s.Name != ours.Name || s.Measure != ours.Measure {
			continue
		}
		if s.Label == ours.Label.En {
			words.Label = ours.Label
			words.High.ZhHans, words.High.ZhHant = ours.Label.ZhHans+"高", ours.Label.ZhHant+"高"
			words.Low.ZhHans, words.Low.ZhHant = ours.Label.ZhHans+"低", ours.Label.ZhHant+"低"
		}
		if s.ForHigh == ours.ForHigh.En {
			words.ForHigh = ours.ForHigh
		}
		if s.ForLow == ours.ForLow.En {
			words.ForLow = ours.ForLow
		}
	}
}

// presets are of the texts' cases; they name fields that an account may map (fields in taxon.yaml) and rename.
func presets() []sdk.Preset[*config] {
	c := &config{}
	for _, f := range bank {
		c.Features = append(c.Features, featureSpec{Name: f.Name, Label: f.Label.En, Measure: f.Measure, Transform: log1p, ForHigh: f.ForHigh.En, ForLow: f.ForLow.En})
	}
	return []sdk.Preset[*config]{
		{Name: "bank", Label: sdk.Text{En: "Bank: deposits, loans, services used and transactions", ZhHans: "银行：存款、贷款、服务与交易", ZhHant: "銀行：存款、貸款、服務與交易"}, Config: c},
	}
}
