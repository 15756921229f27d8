//! One thing or a list of things.

use super::at::At;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// One or several of the same, each with its place; one needs no brackets.
#[derive(Clone, Debug, PartialEq)]
pub struct OneOrMore<T>(pub Vec<At<T>>);

impl<T> Default for OneOrMore<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for OneOrMore<T> {
    type Target = [At<T>];
    fn deref(&self) -> &[At<T>] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a OneOrMore<T> {
    type Item = &'a At<T>;
    type IntoIter = std::slice::Iter<'a, At<T>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

enum Written<T> {
    One(T),
    More(Vec<At<T>>),
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Written<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one or a list")
    }
    fn visit_bool<E: Error>(self, value: bool) -> Result<Written<T>, E> {
        T::deserialize(value.into_deserializer()).map(Written::One)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Written<T>, E> {
        T::deserialize(text.into_deserializer()).map(Written::One)
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Written<T>, E> {
        T::deserialize(number.into_deserializer()).map(Written::One)
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Written<T>, E> {
        T::deserialize(number.into_deserializer()).map(Written::One)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Written<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Written::One)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Written<T>, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Written::More)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let At { value, span } = At::<Written<T>>::deserialize(from)?;
        Ok(Self(match value {
            Written::One(value) => vec![At { value, span }],
            Written::More(list) => list,
        }))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}
