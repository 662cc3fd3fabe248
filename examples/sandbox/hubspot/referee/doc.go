// Package referee lets HubSpot's own Node client judge the sandbox: a simulator that
// only our own connector drives would prove nothing.
//
// The script referee.cjs does with @hubspot/api-client what an integration does; its
// test runs it against a sandbox on loopback and then looks into the account. The
// client is installed from the npm registry into the user's cache directory, at the
// exact version of package.json; without node and npm the test fails.
//
// What the client cannot judge: the dated paths, which it does not know (the script
// asks a few by hand), and habits that no success shows, which the tests of package
// hubspot pin one by one.
//
// Deviations of the sandbox from what the client expects: none is known.
package referee
