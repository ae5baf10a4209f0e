"""Detail records through the REST API, and one of them as rows for people."""

from warp_cli.provision import PREFIX

PATH = f"{PREFIX}/cdr/details"


def find(api, sip_call_id):
    """The newest record of the call with that SIP Call-ID, or None while there is none."""
    for record in api.get(PATH, per_page=50):
        if record.get("sip_call_id") == sip_call_id:
            return record
    return None
