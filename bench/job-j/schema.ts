export const SCHEMA =
  'id:STRING,name:STRING,email:STRING,city:STRING,amount:FLOAT,quantity:INTEGER,date:DATE,note:STRING,total:FLOAT,domain:STRING'
