package synthetic

import (
	"fmt"
	"strconv"
	"time"
)

// article is what the business sells.
type article struct {
	name, category, series string
	price                  int64 // cents
}

// articles by the kinds of product that the text names: durable and non-durable goods, services, financial products.
var articles = map[string][]article{
	"durable":     {{"Machine Basic", "durable", "basic", 240_000}, {"Machine Pro", "durable", "premium", 620_000}},
	"non_durable": {{"Supplies Basic", "non_durable", "basic", 18_000}, {"Supplies Pro", "non_durable", "premium", 42_000}},
	"service":     {{"Maintenance", "service", "basic", 60_000}, {"Maintenance Plus", "service", "premium", 135_000}},
	"financial":   {{"Leasing", "financial", "basic", 95_000}},
}

var places = [][2]string{{"United States", "Chicago"}, {"Germany", "Hamburg"}, {"China", "Shanghai"}, {"Japan", "Osaka"}, {"France", "Lyon"}, {"Taiwan", "Taipei"}}

var industries = []string{"manufacturing", "retail", "software", "construction", "health care", "logistics"}

// purchase habits of a customer: days between orders, and when the orders begin and end, in days before the as-of day.
type habit struct{ gap, begin, end int }

// business makes a company. Its schemes:
//
//	lifecycle  prospect, new, active, loyal, dormant, churned, reactivated (by purchase interval)
//	loyalty    loyal, drifting, occasional, potential
//	prospect   of prospects: interested, considering, not_now, not_interested, quoted_silent
//	potential  of prospects: high, medium, low (size, budget and the judgement of a person)
//	payer      prompt, good, slow, poor, bad, disputing: how it pays; "credit" is the grade of its invoices of the last 365 days
//	profit     contributing, break_even, loss: its costs against its revenue
//	need       price, quality, service, mixed
//	activity   active, steady, passive, silent
//	product    durable, non_durable, service, financial: what it mostly buys
//	mood       promoter, passive, detractor: what its people answer
func business(d *dice, c *Customer) {
	place := places[d.IntN(len(places))]
	c.Name, c.Country, c.City, c.Industry = "Synthetic Company "+c.ID, place[0], place[1], industries[d.IntN(len(industries))]
	c.Truth["lifecycle"] = d.pick([]string{"prospect", "new", "dormant", "churned", "reactivated", "loyal", "active"}, 22, 8, 8, 14, 4, 26)
	potential := d.pick([]string{"high", "medium", "low"}, 25, 40)
	size := map[string]int{"high": d.between(800, 5000), "medium": d.between(100, 700), "low": d.between(3, 80)}[potential]
	c.Employees, c.Revenue = size, int64(size)*int64(d.between(90_000, 220_000))*100
	c.Fields["budget"] = decimal(int64(size) * int64(d.between(40, 90)) * 100)
	judged := map[string]int{"high": 5, "medium": 3, "low": 1}[potential]
	c.Fields["judgement"] = strconv.Itoa(max(1, min(5, judged+d.between(-1, 1))))
	c.Fields["owner_name"] = d.one("Synthetic Seller 1", "Synthetic Seller 2", "Synthetic Seller 3", "Synthetic Seller 4")
	c.Truth["mood"] = d.pick([]string{"promoter", "passive", "detractor"}, 45, 35)
	c.Created = ago(d.between(760, 1000))
	for i := range d.between(1, 3) {
		c.People = append(c.People, Person{ID: fmt.Sprintf("%s-p%d", c.ID, i+1), Name: fmt.Sprintf("Synthetic Person %s-%d", c.ID, i+1),
			Email: fmt.Sprintf("person-%d@%s.example", i+1, c.ID), DecisionMaker: i == 0})
	}
	if c.Truth["lifecycle"] == "prospect" {
		c.Truth["potential"] = potential
		c.Created = ago(d.between(90, 400))
		d.prospect(c)
		return
	}
	c.Truth["payer"] = d.pick([]string{"prompt", "good", "slow", "poor", "bad", "disputing"}, 40, 25, 15, 9, 6)
	c.Truth["profit"] = d.pick([]string{"contributing", "break_even", "loss"}, 75, 10)
	c.Truth["need"] = d.pick([]string{"price", "quality", "service", "mixed"}, 30, 25, 20)
	c.Truth["product"] = d.pick([]string{"durable", "non_durable", "service", "financial"}, 30, 40, 20)
	d.orders(c, size)
	d.contacts(c)
	d.surveys(c)
	switch c.Truth["lifecycle"] {
	case "new", "active", "loyal", "reactivated":
		d.business(c, size)
	}
}

// business makes offers that are under way with four in ten of those who still buy.
func (d *dice) business(c *Customer, size int) {
	if !d.chance(40) {
		return
	}
	for range d.between(1, 3) {
		a := d.article(c)
		quantity := max(1, size/100*d.between(40, 200)/100)
		c.Deals = append(c.Deals, Deal{State: "open", Product: a.name, Category: a.category, Series: a.series, Channel: "sales", Amount: a.price * int64(quantity),
			ListAmount: a.price * int64(quantity), Quantity: quantity, Created: ago(d.between(3, 60)), Closed: ago(-d.between(10, 60))})
	}
}

// orders makes what a company bought, what it was billed and what it complained about.
func (d *dice) orders(c *Customer, size int) {
	gap := d.between(20, 45)
	var habits []habit
	switch c.Truth["lifecycle"] {
	case "new":
		habits = []habit{{gap: 400, begin: d.between(5, 40), end: 1}}
		c.Truth["loyalty"] = "potential"
	case "loyal":
		habits = []habit{{gap, d.between(500, 720), 1}}
		c.Truth["loyalty"] = "loyal"
	case "active":
		habits = []habit{{gap, d.between(110, 280), 1}}
		c.Truth["loyalty"] = "loyal"
	case "dormant": // two own intervals have passed
		habits = []habit{{gap, d.between(500, 720), 2 * gap}}
		c.Truth["loyalty"] = "drifting"
	case "churned":
		if d.chance(40) {
			habits = []habit{{gap: 1000, begin: d.between(300, 600), end: 299}} // bought once
			c.Truth["loyalty"] = "occasional"
		} else {
			habits = []habit{{gap, d.between(500, 720), max(95, 3*gap+15) + d.between(5, 60)}}
			c.Truth["loyalty"] = "drifting"
		}
	case "reactivated":
		habits = []habit{{gap, d.between(560, 720), max(130, 3*gap+40) + 60}, {gap: 400, begin: d.between(2, gap-5), end: 1}}
		c.Truth["loyalty"] = "drifting"
	}
	for _, h := range habits {
		for at := h.begin; at >= h.end; at -= max(3, h.gap*d.between(75, 125)/100) {
			d.order(c, size, at)
		}
	}
	if c.Truth["need"] == "price" { // others were cheaper
		for range d.between(1, 3) {
			at := d.between(30, 500)
			a := d.article(c)
			c.Deals = append(c.Deals, Deal{State: "lost", Product: a.name, Category: a.category, Series: a.series, Channel: "sales", LostReason: "price",
				Amount: a.price, ListAmount: a.price, Quantity: 1, Created: ago(at + 20), Closed: ago(at)})
		}
	}
}

// article draws what is ordered: mostly the kind that the company mostly buys, in the series that fits its need.
func (d *dice) article(c *Customer) article {
	kind := c.Truth["product"]
	if d.chance(15) {
		kind = d.one("durable", "non_durable", "service")
	}
	list := articles[kind]
	premium := map[string]int{"price": 5, "quality": 90, "service": 50, "mixed": 45}[c.Truth["need"]]
	if len(list) > 1 && d.chance(premium) {
		return list[1]
	}
	return list[0]
}

// order is one purchase with its invoice.
func (d *dice) order(c *Customer, size, at int) {
	a := d.article(c)
	quantity := max(1, size/100*d.between(60, 140)/100)
	if a.category == "durable" {
		quantity = max(1, quantity/4)
	}
	list := a.price * int64(quantity)
	discount := map[string][2]int{"price": {12, 25}, "quality": {0, 3}, "service": {0, 6}, "mixed": {2, 10}}[c.Truth["need"]]
	amount := list * int64(1000-10*d.between(discount[0], discount[1])) / 1000
	share := map[string][2]int{"contributing": {450, 750}, "break_even": {997, 1003}, "loss": {1050, 1250}}[c.Truth["profit"]]
	closed := ago(at)
	c.Deals = append(c.Deals, Deal{State: "won", Product: a.name, Category: a.category, Series: a.series, Channel: d.one("sales", "sales", "online", "phone"),
		Amount: amount, ListAmount: list, Cost: amount * int64(d.between(share[0], share[1])) / 1000, Quantity: quantity, Created: ago(at + d.between(3, 30)), Closed: closed})
	d.invoice(c, amount, closed)
	switch need := c.Truth["need"]; {
	case need == "service" && d.chance(60):
		d.ticket(c, d.one("service", "delivery"), closed)
	case need == "quality" && d.chance(30):
		d.ticket(c, "quality", closed)
	case need == "price" && d.chance(15):
		d.ticket(c, "price", closed)
	case d.chance(5):
		d.ticket(c, d.one("quality", "service", "delivery"), closed)
	}
}

func (d *dice) ticket(c *Customer, topic string, after time.Time) {
	at := after.AddDate(0, 0, d.between(2, 20))
	c.Activities = append(c.Activities, Activity{Kind: "ticket", Status: "CLOSED", Topic: topic, Direction: "inbound", At: at})
}

// terms are the days within which an invoice is to be paid.
const terms = 30

// invoice bills an order. Every invoice of a payer lies in its band of days late, so that their weighted mean does; what
// is not paid yet was, for its last invoices, cut off by the as-of day.
func (d *dice) invoice(c *Customer, amount int64, at time.Time) {
	due := at.AddDate(0, 0, terms)
	late := map[string][2]int{"prompt": {-12, 0}, "good": {2, 14}, "slow": {17, 29}, "poor": {34, 58}, "bad": {70, 140}, "disputing": {-5, 0}}[c.Truth["payer"]]
	a := Activity{Kind: "invoice", Status: "paid", Amount: amount, At: at, Due: due, Paid: due.AddDate(0, 0, d.between(late[0], late[1]))}
	switch payer := c.Truth["payer"]; {
	case payer == "disputing" && d.chance(40):
		a.Status, a.Reason, a.Paid = "disputed", d.one("wrong_amount", "damaged", "not_delivered"), time.Time{}
	case payer == "bad" && d.chance(15):
		a.Status, a.Reason, a.Paid = "written_off", "insolvent", time.Time{}
	case late[1] > 14:
		a.Reason = d.one("cash_flow", "approval", "forgotten")
	}
	c.Activities = append(c.Activities, a)
}

// contacts makes meetings, calls and mails as its activity says.
func (d *dice) contacts(c *Customer) {
	c.Truth["activity"] = d.pick([]string{"active", "steady", "passive", "silent"}, 30, 35, 25)
	touch := func(at int, direction string) {
		c.Activities = append(c.Activities, Activity{Kind: d.one("meeting", "call", "call", "mail", "mail"), Status: "COMPLETED", Direction: direction, At: ago(at)})
	}
	switch c.Truth["activity"] {
	case "active":
		for at := d.between(1, 9); at < 365; at += d.between(3, 9) {
			touch(at, d.one("inbound", "inbound", "outbound"))
		}
		touch(d.between(1, 9), "inbound")
	case "steady": // about monthly
		for at := d.between(5, 28); at < 500; at += d.between(25, 35) {
			touch(at, "inbound")
		}
	case "passive":
		for range d.between(1, 3) {
			touch(d.between(60, 175), "inbound")
		}
	case "silent":
		for range d.between(0, 2) {
			touch(d.between(200, 600), "inbound")
		}
	}
}

// surveys makes the people answer as their company feels.
func (d *dice) surveys(c *Customer) {
	for _, p := range c.People {
		if d.chance(25) {
			continue
		}
		band := map[string][2]int{"promoter": {9, 10}, "passive": {7, 8}, "detractor": {1, 6}}[c.Truth["mood"]]
		c.Activities = append(c.Activities, Activity{Kind: "survey", Scale: "nps", HasScore: true, Score: d.between(band[0], band[1]), Person: p.ID, At: ago(d.between(1, 340))})
	}
}

// prospect makes a company that has not bought yet show how far it is.
func (d *dice) prospect(c *Customer) {
	stage := d.pick([]string{"interested", "considering", "not_now", "not_interested", "quoted_silent"}, 22, 25, 20, 18)
	c.Truth["prospect"], c.Truth["loyalty"] = stage, "potential"
	a := article{"Machine Basic", "durable", "basic", 240_000}
	quantity := max(1, c.Employees/200)
	deal := Deal{State: "open", Product: a.name, Category: a.category, Series: a.series, Channel: "sales", Amount: a.price * int64(quantity),
		ListAmount: a.price * int64(quantity), Quantity: quantity}
	touch := func(kind, direction string, at int) {
		c.Activities = append(c.Activities, Activity{Kind: kind, Status: "COMPLETED", Direction: direction, At: ago(at)})
	}
	quote := func(at int) {
		c.Activities = append(c.Activities, Activity{Kind: "quote", Status: "SENT", Direction: "outbound", Amount: deal.Amount, At: ago(at), Due: ago(at - 30)})
	}
	began := d.between(70, 85)
	deal.Created = ago(began)
	touch("mail", "inbound", began)
	switch stage {
	case "interested":
		touch("meeting", "inbound", d.between(8, 30))
		touch("call", "inbound", d.between(1, 7))
		touch("call", "inbound", d.between(1, 13))
		deal.Closed = ago(-d.between(10, 40))
	case "considering":
		touch("meeting", "inbound", d.between(18, 50))
		touch("mail", "outbound", d.between(2, 15))
		deal.Closed = ago(-d.between(20, 60))
	case "not_now": // put off
		touch("call", "inbound", d.between(20, 50))
		deal.LostReason, deal.Closed = "later", ago(-d.between(150, 300))
	case "not_interested":
		at := d.between(15, 55)
		touch("call", "inbound", at)
		deal.State, deal.LostReason, deal.Closed = "lost", d.one("price", "quality", "service", "no_need"), ago(at)
	case "quoted_silent":
		at := d.between(12, 55)
		touch("call", "inbound", at+5)
		quote(at)
		touch("mail", "outbound", at-8)
		deal.Closed = ago(-d.between(10, 40))
	}
	c.Deals = append(c.Deals, deal)
}
