// Package referee lets jsforce 3.10.16 judge the sandbox: the usual client of Salesforce
// for Node (Salesforce has none of its own; MIT License, installed from npm, never
// committed), as hubspot/referee does with HubSpot's own. It signs in by its refresh
// token, follows query locators, reads what was updated and deleted, describes, makes a
// field by the tooling API and permits it, writes collections and runs bulk jobs.
//
// What the client cannot judge: that a locator ends after two days, that a session ends
// untold, the throttling answers; the tests of package salesforce pin them one by one.
//
// Deviations of the sandbox from what the client expects: none. It checks no ids.
package referee
