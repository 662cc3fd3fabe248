package synthetic

import (
	"strconv"
	"time"
)

// person gives a customer who is a person what every one has: a name, a place, an age, a sex and an occupation. The
// occupation's truth is itself.
func (d *dice) person(c *Customer, age int, occupations ...string) {
	place := places[d.IntN(len(places))]
	c.Name, c.Country, c.City = "Synthetic Person "+c.ID, place[0], place[1]
	born := AsOf.AddDate(-age, 0, -d.between(1, 364))
	c.Fields["birth_date"], c.Fields["sex"] = born.Format(time.DateOnly), d.one("female", "male")
	c.Fields["occupation"] = d.one(occupations...)
	c.Fields["email"] = c.ID + "@people.example"
	c.Created = ago(d.between(740, 1400))
	c.Facts["age"] = float64(age)
}

// saver makes a bank's customer. The scheme segment is high_net_worth, middle_class or ordinary: by assets, trading and
// appetite for risk. Deals are its transactions: deposits, loans, funds, stocks and insurance sold by the bank. Of four in ten
// an adviser has said the segment (adviser_class), of twenty such words one is wrong: what can be learned from.
func saver(d *dice, c *Customer) {
	segment := d.pick([]string{"high_net_worth", "middle_class", "ordinary"}, 6, 34)
	c.Truth["segment"] = segment
	switch segment {
	case "high_net_worth":
		d.person(c, d.between(38, 75), "entrepreneur", "executive", "physician", "retired")
		d.wealth(c, 1_200_000, 9_000_000, 12, 40, d.pick([]string{"high", "medium"}, 60))
	case "middle_class":
		d.person(c, d.between(28, 65), "engineer", "teacher", "manager", "nurse", "civil servant")
		d.wealth(c, 60_000, 700_000, 4, 14, d.pick([]string{"medium", "low", "high"}, 60, 25))
	default:
		d.person(c, d.between(18, 85), "clerk", "driver", "student", "retired", "craftsman")
		d.wealth(c, 200, 40_000, 0, 5, d.pick([]string{"low", "medium"}, 80))
	}
	if d.chance(40) {
		c.Fields["adviser_class"] = segment
		if d.chance(5) {
			c.Fields["adviser_class"] = d.one("high_net_worth", "middle_class", "ordinary")
		}
	}
}

// wealth gives assets in units of the currency and trades in the last year.
func (d *dice) wealth(c *Customer, low, high, few, many int, risk string) {
	assets := int64(d.between(low, high)) * 100
	c.Fields["assets"], c.Fields["risk_appetite"] = decimal(assets), risk
	c.Fields["income"] = decimal(assets/int64(d.between(6, 14)) + int64(d.between(15_000, 45_000))*100)
	loans := int64(0)
	if d.chance(40) {
		loans = assets * int64(d.between(5, 60)) / 100
	}
	c.Fields["loans"] = decimal(loans)
	c.Facts["assets"], c.Facts["loans"] = float64(assets)/100, float64(loans)/100
	kinds := map[string][]string{"high": {"stock", "stock", "fund", "deposit"}, "medium": {"fund", "fund", "deposit", "insurance"}, "low": {"deposit", "deposit", "deposit", "loan"}}
	for range d.between(few, many) {
		at := ago(d.between(1, 364))
		kind := d.one(kinds[risk]...)
		c.Deals = append(c.Deals, Deal{State: "won", Product: kind, Category: "financial", Channel: d.one("online", "store", "phone"),
			Amount: max(1000, assets*int64(d.between(5, 60))/1000), Quantity: 1, Created: at.AddDate(0, 0, -1), Closed: at})
	}
}

// Dangerous are the occupations of the insurance case that add to the risk.
var Dangerous = []string{"miner", "roofer", "truck driver"}

// RiskPoints are the points of the insurance case: the truth is low up to 2, mid up to 5 and high above. They stand
// here, for tests and presets to compute them again. Synthetic: no insurer's tariff.
func RiskPoints(age int, dangerous, smoker, chronic bool, claims int) int {
	points := 0
	switch {
	case age >= 65:
		points += 3
	case age >= 50:
		points += 2
	case age < 25:
		points++
	}
	for _, adds := range []struct {
		holds  bool
		points int
	}{{dangerous, 3}, {smoker, 2}, {chronic, 3}, {claims >= 2, 2}} {
		if adds.holds {
			points += adds.points
		}
	}
	return points
}

// insured makes an insurer's customer. The scheme risk is low, mid or high, exactly by RiskPoints. Deals are policies,
// invoices premiums, and tickets with the topic claim are claims.
func insured(d *dice, c *Customer) {
	age := d.between(18, 80)
	d.person(c, age, "office worker", "teacher", "nurse", "salesperson", "miner", "roofer", "truck driver", "retired")
	smoker, chronic := d.chance(22), d.chance(18)
	c.Fields["smoker"], c.Fields["chronic_illness"] = strconv.FormatBool(smoker), strconv.FormatBool(chronic)
	dangerous := false
	for _, o := range Dangerous {
		dangerous = dangerous || c.Fields["occupation"] == o
	}
	claims := 0
	if d.chance(25) {
		claims = d.between(1, 3)
	}
	points := RiskPoints(age, dangerous, smoker, chronic, claims)
	c.Truth["risk"] = "low"
	if points > 5 {
		c.Truth["risk"] = "high"
	} else if points > 2 {
		c.Truth["risk"] = "mid"
	}
	c.Facts["risk_points"], c.Facts["claims"] = float64(points), float64(claims)
	premium := int64(20_000+8_000*points) * int64(d.between(90, 110)) / 100
	for year := range d.between(1, 3) {
		at := ago(365*year + d.between(1, 364))
		c.Deals = append(c.Deals, Deal{State: "won", Product: "Life policy", Category: "financial", Channel: d.one("sales", "online"), Amount: premium,
			Cost: premium * int64(d.between(55, 85)) / 100, Quantity: 1, Created: at.AddDate(0, 0, -10), Closed: at})
		due := at.AddDate(0, 0, terms)
		c.Activities = append(c.Activities, Activity{Kind: "invoice", Status: "paid", Amount: premium, At: at, Due: due, Paid: due.AddDate(0, 0, d.between(-10, 5))})
	}
	for range claims {
		c.Activities = append(c.Activities, Activity{Kind: "ticket", Status: "CLOSED", Topic: "claim", Direction: "inbound", Amount: int64(d.between(50_000, 900_000)), At: ago(d.between(1, 700))})
	}
}

// wares of the shop, by category, with the list price in cents of the basic and the premium one.
var wares = map[string][2]int64{"electronics": {9_900, 39_900}, "fashion": {4_900, 15_900}, "home": {2_900, 11_900}, "food": {1_500, 3_900}}

// shopper makes a shop's customer. The scheme need is price, quality, fashion or mixed; it shows in discounts, series,
// categories, returns and the words that visits searched for (their topic). The scheme alive is alive or gone: after each order
// a customer leaves with a probability of its own, and orders at random times until then, which is what models of the lifetime
// value assume.
func shopper(d *dice, c *Customer) {
	need := d.pick([]string{"price", "quality", "fashion", "mixed"}, 35, 22, 23)
	c.Truth["need"] = need
	age := d.between(18, 70)
	if need == "fashion" {
		age = d.between(18, 38)
	}
	d.person(c, age, "office worker", "student", "homemaker", "engineer", "nurse", "self-employed", "retired")
	gap, leaves, first := float64(d.between(15, 90)), d.between(2, 30), d.between(5, 700)
	c.Created = ago(first)
	for at := first; at >= 1; at -= max(1, int(gap*d.ExpFloat64())) {
		if c.Truth["alive"] = "alive"; d.chance(leaves) {
			c.Truth["alive"] = "gone"
		}
		category := d.one("electronics", "home", "food")
		if need == "fashion" && d.chance(80) || d.chance(10) {
			category = "fashion"
		}
		series, prices := "basic", wares[category]
		list := prices[0]
		if d.chance(map[string]int{"price": 5, "quality": 85, "fashion": 40, "mixed": 35}[need]) {
			series, list = "premium", prices[1]
		}
		off := map[string][2]int{"price": {20, 45}, "quality": {0, 5}, "fashion": {0, 15}, "mixed": {0, 20}}[need]
		amount := list * int64(100-d.between(off[0], off[1])) / 100
		closed := ago(at)
		c.Deals = append(c.Deals, Deal{State: "won", Product: category + " " + series, Category: category, Series: series, Channel: d.one("online", "online", "online", "store"),
			Amount: amount, ListAmount: list, Cost: list * int64(d.between(50, 62)) / 100, Quantity: 1, Created: closed, Closed: closed})
		words := need
		if need == "mixed" || d.chance(20) {
			words = d.one("price", "quality", "fashion", "delivery")
		}
		for range d.between(1, 3) {
			c.Activities = append(c.Activities, Activity{Kind: "visit", Topic: words, Direction: "inbound", At: closed.AddDate(0, 0, -d.between(0, 6))})
		}
		if need == "quality" && d.chance(20) || d.chance(3) {
			c.Activities = append(c.Activities, Activity{Kind: "ticket", Status: "CLOSED", Topic: "quality", Direction: "inbound", At: closed.AddDate(0, 0, 5)})
		}
		if c.Truth["alive"] == "gone" {
			break
		}
	}
}
