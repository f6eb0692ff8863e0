"""weather: the weather at a place now and in the next days, from Open-Meteo, which needs no key."""

from collections import OrderedDict

import blufio

PLACES = "https://geocoding-api.open-meteo.com/v1/search?count=1&format=json&name="
FORECAST = "https://api.open-meteo.com/v1/forecast"
NOW = "temperature_2m,relative_humidity_2m,precipitation,weather_code,wind_speed_10m"
DAYS = "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum"

# The WMO codes that the service uses.
CODES = {
    0: "clear sky", 1: "mainly clear", 2: "partly cloudy", 3: "overcast", 45: "fog", 48: "rime fog",
    51: "light drizzle", 53: "drizzle", 55: "dense drizzle", 56: "light freezing drizzle", 57: "freezing drizzle",
    61: "light rain", 63: "rain", 65: "heavy rain", 66: "light freezing rain", 67: "freezing rain",
    71: "light snow", 73: "snow", 75: "heavy snow", 77: "snow grains", 80: "light showers", 81: "showers",
    82: "violent showers", 85: "light snow showers", 86: "snow showers", 95: "thunderstorm",
    96: "thunderstorm with light hail", 99: "thunderstorm with hail",
}


def quoted(text):
    """Percent-encode for a query."""
    safe = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"
    return "".join(chr(byte) if byte in safe else "%%%02X" % byte for byte in text.encode())


def get(url):
    response = blufio.http("GET", url)
    if response.status != 200:
        raise ValueError("%s answered with status %d" % (url.split("?")[0], response.status))
    return response.json()


def sky(code):
    return CODES.get(code, "weather code %s" % code)


def main():
    given = blufio.input()
    found = get(PLACES + quoted(given["city"])).get("results")
    if not found:
        raise ValueError("no place called %s was found" % given["city"])
    place = found[0]
    days = given.get("days", 3)
    url = "%s?latitude=%.4f&longitude=%.4f&current=%s&daily=%s&timezone=auto&forecast_days=%d" % (
        FORECAST, place["latitude"], place["longitude"], NOW, DAYS, days,
    )
    data = get(url)
    now, daily = data["current"], data["daily"]
    result = OrderedDict()
    result["place"] = ", ".join([place[key] for key in ("name", "admin1", "country") if place.get(key)])
    result["at"] = now["time"]
    result["sky"] = sky(now["weather_code"])
    result["temperature_c"] = now["temperature_2m"]
    result["humidity_percent"] = now["relative_humidity_2m"]
    result["precipitation_mm"] = now["precipitation"]
    result["wind_km_h"] = now["wind_speed_10m"]
    result["days"] = []
    for i, date in enumerate(daily["time"]):
        day = OrderedDict()
        day["date"], day["sky"] = date, sky(daily["weather_code"][i])
        day["low_c"], day["high_c"] = daily["temperature_2m_min"][i], daily["temperature_2m_max"][i]
        day["precipitation_mm"] = daily["precipitation_sum"][i]
        result["days"].append(day)
    result["source"] = "open-meteo.com"
    blufio.output(result)


main()
