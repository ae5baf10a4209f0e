"""Accounts that pay before they call."""


def make_prepaid(world, amount, reference="first payment"):
    """The world's customer, with so much money (a decimal text) and no credit."""
    world.make.api.patch(f"/api/v1/customers/{world.customer}", {"billing_mode": "PREPAID"})
    world.settle()
    pay(world, amount, reference)


def pay(world, amount, reference):
    world.make.api.post(f"/api/v1/customers/{world.customer}/payments",
                        {"amount": amount, "reference": reference})


def money(world):
    """(balance, held) in nanos."""
    rows = world.warp.postgres.sql(
        f"SELECT balance_nanos, held_nanos FROM billing.balances WHERE customer_id = '{world.customer}'")
    return int(rows[0][0]), int(rows[0][1])


def ledger_sum(world):
    rows = world.warp.postgres.sql(
        f"SELECT coalesce(sum(amount_nanos), 0) FROM billing.ledger WHERE customer_id = '{world.customer}'")
    return int(rows[0][0])


def disagreements(world):
    """What the books say of themselves; empty when they agree."""
    return world.warp.postgres.sql("SELECT * FROM billing.check_all()")


def open_leases(world):
    return int(world.warp.postgres.sql("SELECT count(*) FROM billing.leases WHERE closed_at IS NULL")[0][0])
