"""What the demo tenant is, and how anything is provisioned: through the REST API alone, safe to repeat."""

DEMO_IPS = {"customer": "127.0.0.2", "carrier_a": "127.0.0.3", "carrier_b": "127.0.0.4"}
DEMO_PORTS = {"customer": 5060, "carrier_a": 5060, "carrier_b": 5060}
RECORDS = "/api/v1/cdrs"
