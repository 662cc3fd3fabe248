// Package referee lets Pipedrive's own Node client judge the sandbox, as
// hubspot/referee does with HubSpot's.
//
// What the client cannot judge: rate limits, whose headers it throws away
// (pipedrive/client-nodejs issue 725), and habits that no success shows, which the
// tests of package pipedrive pin one by one.
//
// Deviations of the sandbox from what the client's types say, with their reasons:
// next_cursor is null on the last page, where the specification says text (its
// description says null, and published connectors meet it); status takes a list with
// deleted in it, where the specification has single values (published connectors use
// it).
package referee
