"""New customers: from the shop's NEW_CUSTOMER events to records of registration.avsc."""

from riverrun.mapping import *

customer = event_parameters()
map(customer.path("$.customer.id"), onto="customerid")
map(customer.path("$.customer.name"), onto="customername")
map(client_timestamp().to_iso8601(), onto="registered")
